/** `build`, with a `docker` that notes what it is asked and keeps a copy of every context. The real one is asked in test/image. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { contentTag } from "../../lib/cli/build-plan.ts";
import { cli, files, folder, program, project, write, type Ended } from "./support.ts";

// Some tests run the program five times, each in a process of its own.
vi.setConfig({ testTimeout: 90_000 });

const DOCKER = `#!/bin/sh
echo "$@" >> "$NOTES/said"
case "$1" in
  version) if [ -n "$DOWN" ]; then echo "Cannot connect to the Docker daemon at unix:///nowhere." >&2; exit 1; fi; echo 28.0 ;;
  build) for last; do :; done; echo "Step 1/9"; cp -R "$last" "$NOTES/context-$(ls "$NOTES" | wc -l | tr -d ' ')"; [ -z "$FAIL" ] || exit 7 ;;
  image) echo "[\\"other.example.com/x@sha256:1\\",\\"registry.example.com/team/shop--blue@sha256:2\\"]" ;;
esac
`;

interface Built extends Ended {
  readonly said: readonly string[];
  /** In the order of building. */
  readonly contexts: readonly string[];
}

const build = async (root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Built> => {
  const notes = folder();
  const bin = folder();
  writeFileSync(join(bin, "docker"), DOCKER);
  chmodSync(join(bin, "docker"), 0o755);
  const ended = await cli(root, ["build", ...args], { PATH: `${bin}:${process.env["PATH"]}`, NOTES: notes, ...env });
  const said = existsSync(join(notes, "said")) ? readFileSync(join(notes, "said"), "utf8").trim().split("\n") : [];
  const contexts = readdirSync(notes).filter((name) => name.startsWith("context")).toSorted();
  return { ...ended, said, contexts: contexts.map((name) => join(notes, name)) };
};

/** A program whose deployment `blue` has more than the usual. */
const shop = (more = "", deployments = ""): string =>
  program("{ TOKEN: 'hidden' }").replace("environmentVariables:", `${more} environmentVariables:`).replace(" } },\n  traffic", ` }${deployments} },\n  traffic`);

const tree = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => statSync(join(root, file)).isFile()).toSorted();

describe("an image", () => {
  test("holds model, code and packages where Azure has them, on the target's scoring image, and no variable", async () => {
    const root = project({ ...files, "requirements.txt": "-r more.txt\nnumpy==2.4.6  # arrays\n\n", "more.txt": "joblib\n", "index.ts": shop('environment: { requirements: "./requirements.txt" },') });
    chmodSync(join(root, "code/score.py"), 0o700);
    const { code, contexts, err, out, said } = await build(root, []);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("building shop/blue on scoring:1\nStep 1/9\n") });
    const [, tag = "none"] = /^shop\/blue shop--blue:([0-9a-f]{12})\n$/.exec(out) ?? [];
    expect(said).toEqual(["version --format {{.Server.Version}}", expect.stringMatching(`^build --tag shop--blue:${tag} /`)]);
    const [context = ""] = contexts;
    const model = tree(context).find((file) => file.startsWith("model/")) ?? "";
    const [, hash] = /^model\/shop\/([0-9a-f]{12})\/model\/weights\.txt$/.exec(model) ?? [];
    expect(tree(context)).toEqual(["Dockerfile", "code/code/score.py", model, "requirements.txt"]);
    expect(readFileSync(join(context, "requirements.txt"), "utf8")).toBe("joblib\nnumpy==2.4.6\n");
    expect(readFileSync(join(context, "Dockerfile"), "utf8").split("\n")).toEqual([
      "FROM scoring:1",
      "USER root",
      "ARG PIP_INDEX_URL",
      "COPY requirements.txt /opt/requirements.txt",
      "RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-input -r /opt/requirements.txt",
      "COPY model/ /var/azureml-app/azureml-models/",
      "COPY code/ /var/azureml-app/",
      `ENV AZUREML_MODEL_DIR="/var/azureml-app/azureml-models/shop/${hash}"`,
      'ENV AML_APP_ROOT="/var/azureml-app/code"',
      'ENV AZUREML_ENTRY_SCRIPT="score.py"',
      "USER 10001:10001",
      "",
    ]);
    expect(statSync(join(context, "code/code/score.py")).mode & 0o777, "a file that only its owner read").toBe(0o755);
    expect(statSync(join(root, "code/score.py")).mode & 0o777, "the user's own file").toBe(0o700);
    expect(readdirSync(join(root, ".cache/inference-endpoints/build")), "what was staged").toEqual([]);
  });

  test("keeps its tag with its content, and changes it with a file, its permissions, a package, the base, or what docker is told", async () => {
    const root = project({ ...files, "requirements.txt": "joblib\n", "index.ts": shop('environment: { requirements: "./requirements.txt" },') });
    const tag = async (...args: string[]): Promise<string> => /shop--blue:(\w+)/.exec((await build(root, ["--print", ...args])).out)?.[1] ?? "none";
    const tags = [await tag(), await tag(), await tag("--base", "scoring:2")];
    write(root, "requirements.txt", "joblib==1.5.2\n");
    tags.push(await tag());
    write(root, "code/score.py", "def init(): pass\ndef run(data): return 1\n");
    tags.push(await tag());
    chmodSync(join(root, "code/score.py"), 0o755);
    tags.push(await tag(), await tag("--platform", "linux/arm64"), await tag("--build-arg", "A=1"));
    expect(tags[1]).toBe(tags[0]);
    expect(new Set(tags).size).toBe(7);
    expect(tags).not.toContain("none");
    expect(await tag("--build-arg", "HTTPS_PROXY=http://me:pw@proxy", "--network", "host"), "how packages are reached").toBe(tags[5]);
  });

  test("has another tag when the bundled container has other content", () => {
    const plan = { label: "a/b", name: "a--b", requirements: [], files: [], variables: {}, notes: [] };
    expect(contentTag(plan, "base:1", ["", "content"])).not.toBe(contentTag(plan, "base:1", ["", "other"]));
  });

  test("quotes what a Dockerfile would read as its own", async () => {
    const name = 'we"ird $HOME \\dir';
    const root = project({ "model/weights.txt": "1", [`${name}/score.py`]: "", "index.ts": shop().replace("./code", `./${name.replaceAll("\\", "\\\\").replaceAll('"', String.raw`\"`)}`) });
    const { contexts, code, err } = await build(root, []);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(readFileSync(join(contexts[0]!, "Dockerfile"), "utf8")).toContain(String.raw`ENV AML_APP_ROOT="/var/azureml-app/we\"ird \$HOME \\dir"`);
    expect(tree(contexts[0]!)).toContain(`code/${name}/score.py`);
  });

  test("named by a model's own name and version; an ONNX file needs no script and no packages", async () => {
    const root = project({ "m.onnx": "x", "index.ts": shop().replace('{ path: "./model" }, codeConfiguration: { code: "./code", scoringScript: "score.py" }', '{ path: "./m.onnx", name: "wine", version: "7" }') });
    const { code, contexts, err } = await build(root, []);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(tree(contexts[0]!)).toEqual(["Dockerfile", "model/wine/7/m.onnx", "requirements.txt"]);
    expect(readFileSync(join(contexts[0]!, "Dockerfile"), "utf8")).not.toMatch(/pip|code|ENTRY/);
  });

  test.each([
    ["requirements.txt", { "ml/MLmodel": "x", "ml/requirements.txt": "mlflow==3.1\nscikit-learn\n", "ml/conda.yaml": "dependencies: [numpy]\n" }, "mlflow==3.1\nscikit-learn\ninference-schema~=1.8\n"],
    ["conda.yaml", { "ml/MLmodel": "x", "ml/conda.yaml": "dependencies: [{ pip: [mlflow==3.1] }]\n" }, "mlflow==3.1\ninference-schema~=1.8\n"],
    ["nothing", { "ml/MLmodel": "x" }, "mlflow\ninference-schema~=1.8\n"],
    ["a folder below the model's", { "ml/deep/MLmodel": "x", "ml/deep/requirements.txt": "mlflow==3.1\n" }, "mlflow==3.1\ninference-schema~=1.8\n"],
    ["requirements.txt, which has what serves it", { "ml/MLmodel": "x", "ml/requirements.txt": "mlflow==3.1\nInference_Schema==1.7\n" }, "mlflow==3.1\nInference_Schema==1.7\n"],
  ])("of an MLflow model gets the packages that the model names, in %s, and what serves it", async (_where, named: Readonly<Record<string, string>>, wanted) => {
    const mlflow = 'model: { path: "./ml", type: "mlflow_model" }';
    const root = project({ ...named, "index.ts": shop().replace(/model: \{ path: "\.\/model" \}, codeConfiguration: \{[^}]*\}/, mlflow) });
    const { code, contexts, err } = await build(root, []);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(readFileSync(join(contexts[0]!, "requirements.txt"), "utf8")).toBe(wanted);
  });

  test("of an MLflow model stands on the Python that the model was made with, on the bundled container", async () => {
    const root = project({
      "ml/MLmodel": "x",
      "ml/requirements.txt": "mlflow\n",
      "ml/python_env.yaml": "python: 3.10\nbuild_dependencies: [pip]\n",
      "index.ts": shop().replace(/model: \{ path: "\.\/model" \}, codeConfiguration: \{[^}]*\}/, 'model: { path: "./ml", type: "mlflow_model" }'),
    });
    const { said } = await build(root, ["--bundled"]);
    expect(said[1]).toContain("--build-arg PYTHON_IMAGE=python:3.10-slim-bookworm");
  });
});

test("a pipeline has an image for each step that has something of its own", async () => {
  const steps = `{
    prepare: { type: "command", command: ["python3", "score.py"], code: "./code", outputs: { kept: { type: "uri_folder" } } },
    score_all: { type: "parallel", model: { path: "./model" }, codeConfiguration: { code: "./code", scoringScript: "score.py" }, environment: { requirements: "./requirements.txt" }, inputs: { data: "\${{parent.jobs.prepare.outputs.kept}}" }, outputs: { scores: { type: "uri_folder" } } },
    count: { type: "command", command: ["true"] },
  }`;
  const batch = program("{}").replace('kind: "online"', 'kind: "batch"').replace(/ {2}deployments: .*\n {2}traffic: .*\n/, `  deployments: { steps: { type: "pipeline", job: { jobs: ${steps} } } },\n`);
  const root = project({ ...files, "requirements.txt": "numpy==2.4.6\n", "index.ts": batch });
  const { code, contexts, err, out } = await build(root, []);
  expect({ code, out }, err).toEqual({ code: 0, out: expect.stringMatching(/^shop\/steps\/prepare shop--steps--prepare:[0-9a-f]{12}\nshop\/steps\/score_all shop--steps--score_all:[0-9a-f]{12}\n$/) });
  expect(err).toContain("note: shop/steps/count: a command without files and packages of its own runs in the scoring container as it is; nothing is built");
  expect(contexts.map((context) => [tree(context).some((file) => file.startsWith("model/")), readFileSync(join(context, "requirements.txt"), "utf8").trim()])).toEqual([[false, ""], [true, "numpy==2.4.6"]]);
});

describe("flags", () => {
  test("--push needs a registry, pushes, and prints the image by digest", async () => {
    const root = project({ ...files, "index.ts": shop() });
    const { code, out, said } = await build(root, ["--push", "--registry", "registry.example.com/team", "--tag", "v1"]);
    expect({ code, out }).toEqual({ code: 0, out: "shop/blue registry.example.com/team/shop--blue@sha256:2\n" });
    expect(said.slice(1).map((line) => line.replace(/ \/.*/, ""))).toEqual([
      "build --tag registry.example.com/team/shop--blue:v1",
      "push registry.example.com/team/shop--blue:v1",
      "image inspect --format {{json .RepoDigests}} registry.example.com/team/shop--blue:v1",
    ]);
    const refused = await build(root, ["--push"]);
    expect(refused).toMatchObject({ code: 1, out: "", said: [], err: expect.stringContaining("give --registry") });
  });

  test("--network, --platform and --build-arg go to docker", async () => {
    const root = project({ ...files, "index.ts": shop() });
    const { said } = await build(root, ["--network", "host", "--platform", "linux/amd64", "--build-arg", "A=1", "--build-arg", "B=2 3", "--base", "mine:1"]);
    expect(said[1]).toContain(" --network host --platform linux/amd64 --build-arg A=1 --build-arg B=2 3 /");
  });

  test("--bundled builds the package's own context first, with the Python that a conda file asks for", async () => {
    const conda = "dependencies: [python=3.11, numpy=2.4, { pip: [joblib] }]\n";
    const root = project({ ...files, "conda.yaml": conda, "index.ts": shop('environment: { condaFile: "./conda.yaml" },') });
    const { code, contexts, err, said } = await build(root, ["--bundled", "--build-arg", "NODE_IMAGE=n"]);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("numpy is installed by pip, under the same name") });
    expect(said[1]).toMatch(/^build --tag inference-endpoints-scoring:\d+\.\d+\.\d+-python3\.11 --build-arg PYTHON_IMAGE=python:3\.11-slim-bookworm --build-arg NODE_IMAGE=n /);
    expect(tree(contexts[0]!)).toEqual(expect.arrayContaining(["Dockerfile", "image/package-lock.json", "cli/main.js", "scoring/worker/main.py"]));
    expect(readFileSync(join(contexts[1]!, "Dockerfile"), "utf8")).toMatch(/^FROM inference-endpoints-scoring:\S+-python3\.11\n/);
    expect(readFileSync(join(contexts[1]!, "requirements.txt"), "utf8")).toBe("numpy==2.4.*\njoblib\n");
    const own = await build(root, ["--bundled", "--build-arg", "PYTHON_IMAGE=p"]);
    expect(own.said[1]).toMatch(/^build --tag inference-endpoints-scoring:[\d.]+ --build-arg PYTHON_IMAGE=p /);
    const given = await build(root, []);
    expect(given.err).toContain("ask for Python 3.11; the Python of scoring:1 is used");
  });

  test("a program that its target refuses for want of an image is built all the same, on the bundled container", async () => {
    const root = project({ ...files, "requirements.txt": "joblib\n", "index.ts": shop('environment: { requirements: "./requirements.txt" },').replace('scoringImage: "scoring:1", ', "") });
    const { code, err, said } = await build(root, []);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(said.slice(1).map((line) => line.split(" ")[2]?.split(":")[0])).toEqual(["inference-endpoints-scoring", "shop--blue"]);
  });

  test("--deployment chooses; a name that is not there is refused", async () => {
    const root = project({ ...files, "index.ts": shop("", ', green: { model: "azureml:m:1", azure: { instanceType: "Standard_DS3_v2" } }') });
    const all = await build(root, []);
    expect(all).toMatchObject({ code: 1, out: "", said: [], err: expect.stringContaining("deployments.green.model: a model registered in Azure cannot be read here") });
    expect((await build(root, ["--deployment", "blue", "--tag", "1"])).out).toBe("shop/blue shop--blue:1\n");
    expect(await build(root, ["-d", "red"])).toMatchObject({ code: 1, err: expect.stringContaining("there is no red; the program has blue, green") });
  });

  test("--print shows the Dockerfile and the context, and asks for no docker", async () => {
    const root = project({ ...files, "index.ts": shop() });
    const { code, contexts, out, said } = await build(root, ["--print"], { PATH: "/nonexistent" });
    expect({ code, contexts, said }).toEqual({ code: 0, contexts: [], said: [] });
    expect(out).toMatch(/^# shop\/blue: shop--blue:\w{12}\n# files:\n# {3}model\/shop\/\w{12}\/model\/weights\.txt \(1 bytes\)\n# {3}code\/code\/score\.py \(\d+ bytes\)\nFROM scoring:1\n/);
  });

  test.each([
    [["--base", "a", "--bundled"], "--base and --bundled: give one"],
    [["--tag", "a b"], '--tag: expected letters, digits, "_", "." and "-", up to 128; got "a b"'],
    [["--registry", "host/"], '--registry: expected a host and a path, such as registry.example.com/team; got "host/"'],
  ])("%j is refused", async (args, message) => {
    const root = project({ ...files, "index.ts": shop() });
    expect(await build(root, args)).toMatchObject({ code: 1, out: "", said: [], err: expect.stringContaining(message) });
  });
});

describe("what is left as it is, or refused", () => {
  const container = '{ environment: { image: "mine:1", inferenceConfig: { livenessRoute: R, readinessRoute: R, scoringRoute: R } } }';

  test("a custom container", async () => {
    const root = project({ ...files, "index.ts": shop("", `, green: ${container.replaceAll(": R", ': { path: "/", port: 80 }')}`) });
    const { code, err, out } = await build(root, ["--tag", "1"]);
    expect({ code, out }).toEqual({ code: 0, out: "shop/blue shop--blue:1\n" });
    expect(err).toContain("shop/green: a custom container (environment.inferenceConfig) runs as it is; nothing is built");
  });

  test("files of this machine that a requirements file names, includes without end, and a script that is not there: all at once", async () => {
    const requirements = "-r ./requirements.txt\n-r gone.txt\n-e .\n./wheel.whl\nmine @ file:///x\n-c constraints.txt\n";
    const root = project({ ...files, "requirements.txt": requirements, "index.ts": shop('environment: { requirements: "./requirements.txt" },').replace("score.py", "scor.py") });
    const { code, err, said } = await build(root, []);
    expect({ code, said }).toEqual({ code: 1, said: [] });
    expect(err).toContain('Endpoint "shop" has 7 problems');
    for (const part of ["includes itself", '"gone.txt" cannot be read: ENOENT', '"-e ." names one', '"./wheel.whl" names one', "file:///x", '"-c constraints.txt" names one', 'did you mean "score.py"?']) expect(err).toContain(part);
  });

  const SECRETS = ["https://me:pa55@example.com/simple", "https://t0ken@example.com/simple"];

  test.each(SECRETS)("a user or a password in a requirement or a build argument, and shows neither: %s", async (url) => {
    const requirements = `--index-url ${url}\nown @ git+${url}/x.git\nopen @ git+ssh://git@example.com/x.git@v1\n`;
    const root = project({ ...files, "requirements.txt": requirements, "index.ts": shop('environment: { requirements: "./requirements.txt" },') });
    for (const args of [["--print"], ["--print", "--build-arg", `PIP_INDEX_URL=${url}`]]) {
      const { code, err, out, said } = await build(root, args);
      expect({ code, out, said }).toEqual({ code: 1, out: "", said: [] });
      expect(err).toContain("whoever has the image could read it: name an index that asks for none");
      expect(err).not.toMatch(/pa55|t0ken/);
      expect(err).toContain(args.length === 1 ? '"own @ git+https://***@example.com/simple/x.git" holds a user or a password' : "--build-arg PIP_INDEX_URL: it holds");
      expect(err).not.toContain("open @");
    }
  });

  test("Triton, a URI, code registered in Azure, a folder that the container has itself, files that nobody can serve", async () => {
    const root = project({
      ...files,
      "azureml-models/score.py": "",
      "index.ts": shop("", `,
        triton: { model: { path: "./model", type: "triton_model" } },
        uri: { model: { path: "https://example.com/m.onnx" } },
        registered: { model: { path: "./model" }, codeConfiguration: { code: "azureml:code:1", scoringScript: "score.py" } },
        taken: { model: { path: "./model" }, codeConfiguration: { code: "./azureml-models", scoringScript: "score.py" } },
        unknown: { model: { path: "./model" } }`),
    });
    const { err, said } = await build(root, []);
    expect(said).toEqual([]);
    expect(err.match(/deployments\.\w+/g)).toEqual(["deployments.registered", "deployments.taken", "deployments.triton", "deployments.unknown", "deployments.uri"]);
  });
});

describe("docker", () => {
  const simple = (): string => project({ ...files, "index.ts": shop() });

  test("is not installed", async () => {
    expect(await build(simple(), [], { PATH: "/nonexistent" })).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/docker cannot be run \(ENOENT\).*install Docker/) });
  });

  test("does not answer", async () => {
    const { code, err, said } = await build(simple(), [], { DOWN: "1" });
    expect({ code, said: said.length }).toEqual({ code: 1, said: 1 });
    expect(err).toContain("its daemon does not answer: Cannot connect to the Docker daemon at unix:///nowhere.\nStart it");
  });

  test("fails: its words are there, nothing is printed as built, nothing stays behind", async () => {
    const root = simple();
    const { code, err, out } = await build(root, [], { FAIL: "1" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/Step 1\/9\ndocker build ended with code 7; what it said stands above\n$/);
    expect(readdirSync(join(root, ".cache/inference-endpoints/build"))).toEqual([]);
  });
});
