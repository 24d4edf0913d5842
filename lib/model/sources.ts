/** Where a model, its code and its environment come from: this machine, a URI, or something registered in Azure Machine Learning. */
import { z } from "zod";
import { either, late, oneOf, refusing, strict, text, under, whole } from "./fields.ts";
import { withMore } from "./refused.ts";
import { assetName, modelClaim, modelImage, type MountedModel } from "./mounted-model.ts";
import { isLate } from "./refusal.ts";

/** A model to be registered or mounted. */
export interface ModelArgs {
  /**
   * A file or folder of this machine, relative to the working directory of the program (for `pulumi up`, the folder of the program's main file or
   * of `Pulumi.yaml`); or a URI. Azure reads `azureml://`, `https://`, `wasbs://` and `abfss://`; Kubernetes fetches `https://`, `s3://`, `gs://`, `az://`
   * and `abfss://` before a container starts, with the credentials of its service account and environment, a folder with a slash at the end. A changed file
   * is a new version; what changes behind a URI is not noticed.
   */
  readonly path: string;
  /**
   * SHA-256 of what a URI names, in hexadecimal: other content never starts. Of a folder, that of its list:
   * `find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`. Kubernetes alone. @default - none: the content is trusted
   */
  readonly sha256?: string;
  /** What is in it. `custom_model` with one `.onnx` file and no code is served without code. @default "custom_model" */
  readonly type?: "custom_model" | "mlflow_model" | "triton_model";
  /**
   * Name under which Azure registers it, and everywhere a folder below which a script finds it: letters, digits, dashes and underscores, up to 255.
   * A change registers it anew and rolls through the instances. @default - the endpoint's name
   */
  readonly name?: string;
  /**
   * Version under which Azure registers it, and everywhere the folder below `name`; the characters are those of `name`. What is registered under a
   * version never changes: give other files another. @default - derived from the content, so that a changed file is a new version
   */
  readonly version?: string;
}

/** The code of a scoring script. */
export interface CodeConfigurationArgs<V> {
  /** Folder of this machine, relative to the working directory of the program; or, on Azure, the id of a registered code version, as an Output must be. */
  readonly code: V;
  /** Script with `init()` and `run(data)`, relative to `code`: `score.py`; or, for the bundled container, `score.ts` or `score.js`. */
  readonly scoringScript: string;
}

/** An HTTP route of a custom container. */
export interface RouteArgs {
  /** Path, such as `/score`. */
  readonly path: string;
  /** Port, 1 to 65535. */
  readonly port: number;
}

/** How a custom container is asked. */
export interface InferenceConfigArgs {
  /** Where the liveness probe asks. */
  readonly livenessRoute: RouteArgs;
  /** Where the readiness probe asks. */
  readonly readinessRoute: RouteArgs;
  /** Where it answers requests. Azure's scoring URI has this path. */
  readonly scoringRoute: RouteArgs;
  /** Where the startup probe asks. @default - `livenessRoute` on Kubernetes, the service's own choice on Azure */
  readonly startupRoute?: RouteArgs;
}

/** The environment that runs the code: exactly one of `inferenceConfig`, `condaFile` and `requirements`. */
export interface EnvironmentArgs<V> {
  /** Container image: of the custom container, or the base image on which Azure builds. @default - none: refused on Azure, and of a custom container everywhere */
  readonly image?: V;
  /** Makes this a custom container, and says how it is asked. @default - none: something is installed for a script */
  readonly inferenceConfig?: InferenceConfigArgs;
  /** A conda environment file of this machine. @default - none */
  readonly condaFile?: string;
  /** A pip requirements file of this machine. On Azure Python 3.11 and `azureml-inference-server-http` are added. @default - none */
  readonly requirements?: string;
}

const REMOTE = /^[a-z][a-z0-9+.-]*:\/\//i;
const REGISTERED = /^azureml:([^:@/]+):([^:@/]+)$/;

/** Something that Azure Machine Learning knows: by name and version in the endpoint's workspace, or by a full id. */
export type Registered<V> =
  | { readonly kind: "registered"; readonly name: string; readonly version: string }
  | { readonly kind: "id"; readonly id: V };

/** A reference: `azureml:<name>:<version>`, an ARM id, a registry id, or a late value, which must be a full id. @internal */
export const reference = <V>(otherwise = ""): z.ZodType<Registered<V>, V> =>
  late<V>('a reference such as "azureml:<name>:<version>" or a resource id').transform((value, context): Registered<V> => {
    if (isLate(value)) return { kind: "id", id: value };
    const written = String(value);
    const match = REGISTERED.exec(written);
    if (match?.[1] !== undefined && match[2] !== undefined) return { kind: "registered", name: match[1], version: match[2] };
    if (/^(?:\/subscriptions\/|azureml:\/\/)/.test(written) && !MOVING.test(written)) return { kind: "id", id: value };
    context.addIssue({ code: "custom", message: `${referenceProblem(written)}${otherwise}` });
    return z.NEVER;
  }) as z.ZodType<Registered<V>, V>;

/** A label instead of a version, after the name or in its place: of an id, `…/labels/latest` or `…@latest`. */
const MOVING = /@[^/]*$|\/labels\/[^/]*\/?$/i;

const referenceProblem = (written: string): string =>
  MOVING.test(written)
    ? "expected a fixed version; nothing would notice when a label such as @latest moves"
    : 'expected "azureml:<name>:<version>", an id that begins with /subscriptions/, or one that begins with azureml://';

const modelFile = () =>
  under(
    strict(
      {
        path: text("a path or URI"),
        sha256: text("a SHA-256").regex(/^[0-9a-f]{64}$/i, { error: "expected a SHA-256 of 64 hexadecimal characters" }).optional(),
        type: oneOf("custom_model", "mlflow_model", "triton_model").default("custom_model"),
        name: assetName("a name").optional(),
        version: assetName("a version").optional(),
      },
      "a model: { path } or a reference",
    ),
    ({ path, sha256 }) => refusing(["sha256"], REMOTE.test(path) || sha256 === undefined ? undefined : "a file or folder of this machine is hashed as it is read; leave it out"),
  ).transform(placed);

const placed = (value: ModelPath): LocalModel | UriModel => {
  const kind = (): "local" | "uri" => (REMOTE.test(value.path) ? "uri" : "local");
  return withMore(value, { kind }) as LocalModel | UriModel;
};

const OWN_FILE = "; a file or folder of this machine is { path }";

/** A model: `{ path, … }`, `{ image, … }`, `{ claim, … }`, or a reference to a registered one. @internal */
export const model = <V>() =>
  either((value) => typeof value === "string" || isLate(value), reference<V>(OWN_FILE), either(has("image"), modelImage<V>(), either(has("claim"), modelClaim<V>(), modelFile())));

/** The two of them that every target of jobs has. @internal */
export const plainModel = <V>() => either((value) => typeof value === "string" || isLate(value), reference<V>(OWN_FILE), modelFile());

const has = (key: string) => (value: unknown) => typeof value === "object" && value !== null && key in value;

interface ModelPath {
  readonly path: string;
  readonly sha256?: string | undefined;
  readonly type: "custom_model" | "mlflow_model" | "triton_model";
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/** A file or folder of this machine. */
export type LocalModel = { readonly kind: "local" } & ModelPath;

/** What somebody fetches. */
export type UriModel = { readonly kind: "uri" } & ModelPath;

/** Where a model comes from. `path` is a path for `local`, a URI for `uri`. */
export type ModelSource<V> =
  | Registered<V>
  | LocalModel
  | UriModel
  | MountedModel<V>;

/** Where code comes from. */
export type CodeSource<V> = Registered<V> | { readonly kind: "local"; readonly path: string };

const code = <V>() => either(isReference, reference<V>(), folder<V>());

/** A folder of this machine. @internal */
export const folder = <V>() => text("a folder").transform((path) => ({ kind: "local" as const, path })) as unknown as z.ZodType<CodeSource<V>, V>;

const isReference = (value: unknown): boolean =>
  isLate(value) || (typeof value === "string" && (value.startsWith("azureml:") || value.startsWith("/subscriptions/")));

/** @internal */
export const codeConfiguration = <V>() => strict({ code: code<V>(), scoringScript: text("the path of a script").regex(/\.(py|m?[jt]s)$/, { error: "expected a script, *.py, *.js or *.ts" }) });

const route = () =>
  strict({ path: text("a path").regex(/^\//, { error: 'expected a path that begins with "/"' }), port: whole("ports", 1, 65535) });

const inferenceConfig = () =>
  strict({ livenessRoute: route(), readinessRoute: route(), scoringRoute: route(), startupRoute: route().optional() });

const BUILD =
  'build is Azure\'s own build of a Dockerfile, which no other target has: build and push the image yourself and give "image" with "inferenceConfig"; or give "image" with "condaFile" or ' +
  '"requirements", which Azure builds on; or register the environment (az ml environment create) and name it, azure.environment "azureml:<name>:<version>"';

/** One of `inferenceConfig` (with its image), `condaFile` or `requirements`. @internal */
export const environment = <V>() =>
  under(
    strict(
      {
        image: late<V>("an image").optional(),
        inferenceConfig: inferenceConfig().optional(),
        condaFile: text("a file").optional(),
        requirements: text("a file").optional(),
      },
      "an object",
      { build: BUILD },
    ),
    ({ condaFile, inferenceConfig, requirements }) => {
      const given = [inferenceConfig, condaFile, requirements].filter((part) => part !== undefined);
      return refusing([], given.length === 1 ? undefined : "expected exactly one of inferenceConfig, condaFile and requirements");
    },
    ({ image, inferenceConfig }) => refusing(["image"], inferenceConfig !== undefined && image === undefined ? "expected the image of the custom container" : undefined),
  );

/** What any deployment, or step of one, says of what it is made of. @internal */
export interface Sourced<V> {
  readonly model?: ModelSource<V> | undefined;
  readonly codeConfiguration?: { readonly code: CodeSource<V>; readonly scoringScript: string } | undefined;
  /** Folder of a command. */
  readonly code?: CodeSource<V> | undefined;
  readonly environment?: z.output<ReturnType<typeof environment<V>>> | undefined;
  /** Steps of a pipeline. */
  readonly job?: { readonly jobs: Readonly<Record<string, Sourced<V>>> } | undefined;
}
