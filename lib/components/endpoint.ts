import * as pulumi from "@pulumi/pulumi";
import { placeOf, type Placed } from "../compile/azure/moves.ts";
import type { BatchEndpointArgs as BatchArgs } from "../model/batch-endpoint.ts";
import type { OnlineEndpointArgs as Args } from "../model/endpoint.ts";
import { pairName } from "../model/names.ts";
import { BatchDeployment } from "./batch-deployment.ts";
import { changeHooks, withMoves } from "./changes.ts";
import { declare, type Declared } from "./declaration.ts";
import { OnlineDeployment } from "./online-deployment.ts";
import { Part } from "./part.ts";
import { realise, type Realised } from "./realise/plan.ts";
import { nodesOf, type Node, type Nodes, type Transforms } from "./transform.ts";

/** Arguments of an online `Endpoint`. */
export interface OnlineEndpointArgs extends Args<pulumi.Input<string>> {
  /** Changes children just before they are made. @default - none */
  readonly transform?: Transforms;
}

/** Arguments of a batch `Endpoint`. */
export interface BatchEndpointArgs extends BatchArgs<pulumi.Input<string>> {
  /** Changes children just before they are made. @default - none */
  readonly transform?: Transforms;
}

/** Arguments of an `Endpoint`, by `kind`. */
export type EndpointArgs = OnlineEndpointArgs | BatchEndpointArgs;

/** An endpoint's children, and those of its deployments. */
export interface EndpointNodes extends Nodes {
  /** By deployment name. */
  readonly deployments: { readonly [deployment: string]: Nodes };
}

/**
 * An inference endpoint: a stable URL with credentials, the deployments behind it, and the routing between them. An online endpoint answers at once;
 * a batch endpoint takes jobs over large data.
 *
 * The declaration is checked as a whole, files included, before anything is registered: `InvalidArgs` names every problem at once. On Azure
 * Machine Learning it becomes an endpoint with its deployments one after another, and then its traffic or its default deployment; on Kubernetes, Deployments with
 * their Services, and then routes of the Gateway API.
 */
export class Endpoint extends pulumi.ComponentResource {
  /** What kind of endpoint this is. */
  readonly kind: "online" | "batch";
  /** Its name at the target. */
  readonly name: pulumi.Output<string>;
  /** Where to POST: requests, or jobs. Of online endpoints on Azure known when the traffic is, as the path of a custom container is. */
  readonly scoringUri: pulumi.Output<string>;
  /** Where the OpenAPI description is; of online endpoints alone, otherwise undefined. */
  readonly swaggerUri: pulumi.Output<string | undefined>;
  /** The system-assigned identity, for role assignments; on Azure alone, otherwise undefined. */
  readonly principalId: pulumi.Output<string | undefined>;
  /** The Secret with the keys `primaryKey` and `secondaryKey`; on Kubernetes alone, otherwise undefined. */
  readonly keysSecretName: pulumi.Output<string | undefined>;
  /** What callers' tokens must be for; on Kubernetes with `aml_token` or `aad_token` alone, otherwise undefined. */
  readonly tokenAudience: pulumi.Output<string | undefined>;
  /** The deployments by name, but those that are "external". */
  readonly deployments: { readonly [deployment: string]: OnlineDeployment | BatchDeployment };
  readonly #children: readonly (readonly [string, Node])[];

  /**
   * @param name Logical name; also the endpoint's default name.
   * @param args What to declare.
   * @param opts Providers given here reach every child.
   * @throws InvalidArgs with every problem of the declaration.
   */
  constructor(name: string, args: EndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    let tell!: (place?: Placed) => void;
    const azure = new Promise<Placed | undefined>((resolve) => (tell = resolve));
    super("inference-endpoints:index:Endpoint", name, { azure }, withMoves(name, opts));
    const declared = telling(() => declare(this, name, args), tell);
    this.kind = declared.endpoint.kind;
    this.deployments = this.#makeDeployments(declared);
    const { children, outputs } = this.#realise(declared);
    this.#children = children.flatMap(({ planned, node }) => (planned.deployment === undefined ? [[planned.role, node] as const] : []));
    for (const [key, deployment] of Object.entries(this.deployments)) deployment.finish(childrenOf(key, children));
    this.name = text(outputs["name"]);
    this.scoringUri = text(outputs["scoringUri"]);
    this.swaggerUri = text(outputs["swaggerUri"]);
    this.principalId = text(outputs["principalId"]);
    this.keysSecretName = text(outputs["keysSecretName"]);
    this.tokenAudience = text(outputs["tokenAudience"]);
    this.registerOutputs({
      name: this.name,
      scoringUri: this.scoringUri,
      swaggerUri: this.swaggerUri,
      principalId: this.principalId,
      keysSecretName: this.keysSecretName,
      tokenAudience: this.tokenAudience,
      azure: placeOf(declared.endpoint),
    });
  }

  /** Its children, for what no argument says: outputs to refer to, resources to depend on. */
  get nodes(): EndpointNodes {
    const deployments = Object.fromEntries(Object.entries(this.deployments).map(([name, deployment]) => [name, deployment.nodes]));
    return Object.assign(nodesOf("this endpoint", this.#children), { deployments });
  }

  #makeDeployments({ endpoint, plan }: Declared): Record<string, OnlineDeployment | BatchDeployment> {
    const Deployment = endpoint.kind === "online" ? OnlineDeployment : BatchDeployment;
    const made = (name: string) => new Deployment(pairName(endpoint.logicalName, name), new Part(name, plan.deployedNames[name] ?? name), { parent: this });
    return Object.fromEntries(Object.keys(endpoint.deployments).map((name) => [name, made(name)]));
  }

  #realise({ make, plan, subject, transforms }: Declared): ReturnType<typeof realise> {
    if (make === undefined) return { children: [], outputs: UNKNOWN };
    const parent = (deployment: string | undefined) => (deployment === undefined ? this : (this.deployments[deployment] ?? this));
    return realise(plan, { make, parent, subject, transforms, hooks: changeHooks({ component: this, subject }, plan) });
  }
}

/** What the engine keeps with the component, once the declaration is parsed: where the endpoint is. Nothing of one that is refused. */
const telling = (declaring: () => Declared, tell: (place?: Placed) => void): Declared => {
  try {
    const declared = declaring();
    tell(placeOf(declared.endpoint));
    return declared;
  } finally {
    tell();
  }
};

/** Outputs where nothing is made, because a tool only reads the program. */
const UNKNOWN = Object.fromEntries(["name", "scoringUri", "swaggerUri", "principalId", "keysSecretName", "tokenAudience"].map((output) => [output, pulumi.unknown]));

const childrenOf = (deployment: string, children: readonly Realised[]): (readonly [string, Node])[] =>
  children.flatMap(({ planned, node }) => (planned.deployment === deployment ? [[planned.role, node] as const] : []));

const text = <T extends string | undefined>(value: unknown): pulumi.Output<T> => pulumi.output(value) as pulumi.Output<T>;
