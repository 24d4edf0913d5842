/** `inference-endpoints doctor`: whether a cluster is as the program says, and which rights a deployment needs there. */
import { z } from "zod";
import { readAssets } from "../assets/read.ts";
import { supports } from "../compile/kubernetes/gateways.ts";
import type { On } from "../model/endpoint.ts";
import type { GatewayFeature } from "../model/gateway.ts";
import type { Plan } from "../model/plan.ts";
import type { KubernetesTarget } from "../model/target.ts";
import { shadowOf } from "../model/traffic.ts";
import { compareArgo, definition, WORKFLOWS } from "./compare-argo.ts";
import { compareGateway, gatewayClass } from "./compare-gateway.ts";
import { compile } from "./compile.ts";
import type { Filled } from "./fill.ts";
import { findObject, getObject, type ClusterOptions } from "./kubectl.ts";
import { roleText, rulesOf } from "./permissions.ts";
import { declarations, open, type Opened, type ProgramOptions } from "./program.ts";
import { refuse } from "./refusal.ts";
import { unknownLines } from "./unknowns.ts";

/** The flags of `doctor`. */
export interface DoctorOptions extends ProgramOptions, ClusterOptions {
  readonly permissions?: boolean | undefined;
}

/** Prints to standard output. Ends with exit code 1 where the cluster is not as the program says. */
export const doctor = async (named: string | undefined, options: DoctorOptions): Promise<void> => {
  const opened = open(named, options, process.cwd(), process.env);
  const { endpoints } = await declarations(opened, { secrets: "hide" });
  const mine = endpoints.filter((filled) => filled.endpoint.target.type === "kubernetes");
  if (mine.length === 0) return refuse("doctor looks at Kubernetes so far, and the program declares no endpoint there");
  if (options.permissions === true) return void process.stdout.write(permissions(mine, opened));
  for (const filled of mine) await compare(filled, mine.length, options);
};

/** A Role for each namespace. */
const permissions = (filled: readonly Filled[], { program }: Opened): string => {
  const open = filled.flatMap((each) => unknownLines(each, [...each.unknown.values()].filter((path) => NAMESPACES.includes(path)), filled.length));
  if (open.length > 0) refuse(["A Role has a namespace", ...open].join("\n"));
  const resources = filled.flatMap((each) => planOf(each).resources);
  const namespaces = [...new Set(resources.flatMap(namespaceOf))];
  const name = `${program.project}-pulumi`.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
  const role = (namespace: string): string => {
    const own = resources.filter((resource) => namespaceOf(resource).includes(namespace));
    return `# What pulumi up, its updates and destroy need in ${namespace}; bind it to whoever runs them.\n${LEAVING}\n${roleText(name, namespace, rulesOf(own))}`;
  };
  return namespaces.map(role).join("---\n");
};

/** What is in the cluster and no more in the program has to be deleted too. */
const LEAVING = "# Of the program as it is: to take the last object of a kind out of it, keep the Role from before until that is done.";

/** Of online endpoints, and of batch endpoints with their jobs. */
const NAMESPACES: readonly string[] = ["target.namespace", "target.jobsNamespace"];

/** Nothing of what is no object of a namespace, such as a random key. */
const namespaceOf = ({ inputs }: Plan["resources"][number]): string[] => {
  const { namespace } = (inputs["metadata"] ?? {}) as { readonly namespace?: string };
  return namespace === undefined ? [] : [namespace];
};

const planOf = ({ endpoint }: Filled): Plan => {
  const { assets, problems } = readAssets(endpoint, "inline");
  return compile(endpoint, "kubernetes", assets, problems).plan as Plan;
};

const compare = async (filled: Filled, among: number, cluster: ClusterOptions): Promise<void> => {
  const endpoint = filled.endpoint as On<string, KubernetesTarget<string>>;
  const { gateway } = endpoint.target;
  const wanted = gateway.kind === "new" ? [gateway.create.className] : [gateway.name, gateway.namespace];
  const open = [...filled.unknown].flatMap(([text, path]) => (wanted.includes(text) ? [path] : []));
  if (open.length > 0) refuse(["The gateway is not known", ...unknownLines(filled, open, among)].join("\n"));
  const className = gateway.kind === "new" ? gateway.create.className : await classOf(cluster, gateway.name, gateway.namespace);
  const found = gatewayClass.parse(await getObject(cluster, "gatewayclasses.gateway.networking.k8s.io", className));
  const { isWrong, lines } = compareGateway(gateway, found, askedOf(endpoint));
  process.stdout.write(`Endpoint ${endpoint.name}: ${lines.join("\n")}\n`);
  if (isWrong) process.exitCode = 1;
  await compareWorkflows(filled.endpoint, cluster);
};

/** Where jobs are Workflows. */
const compareWorkflows = async ({ deployments, name }: Filled["endpoint"], cluster: ClusterOptions): Promise<void> => {
  const pipelines = Object.entries(deployments).flatMap(([each, deployment]) => ("type" in deployment && deployment.type === "pipeline" ? [each] : []));
  if (pipelines.length === 0) return;
  const found = await findObject(cluster, "customresourcedefinitions.apiextensions.k8s.io", WORKFLOWS);
  const { isWrong, lines } = compareArgo(pipelines, found === undefined ? undefined : definition.parse(found));
  process.stdout.write(`Endpoint ${name}: ${lines.join("\n")}\n`);
  if (isWrong) process.exitCode = 1;
};

const classOf = async (cluster: ClusterOptions, name: string, namespace: string): Promise<string> => {
  const parsed = z.object({ spec: z.object({ gatewayClassName: z.string() }) }).parse(await getObject(cluster, "gateways.gateway.networking.k8s.io", name, namespace));
  return parsed.spec.gatewayClassName;
};

/** Features that the endpoint's routes use. */
const askedOf = ({ mirrorTraffic = {}, target: { gateway } }: Partial<Pick<On<string, KubernetesTarget<string>>, "mirrorTraffic">> & { readonly target: KubernetesTarget<string> }): GatewayFeature[] => [
  ...(shadowOf(mirrorTraffic) === undefined ? [] : (["HTTPRouteRequestPercentageMirror"] as const)),
  ...(supports(gateway, "HTTPRouteRequestTimeout") ? (["HTTPRouteRequestTimeout"] as const) : []),
];
