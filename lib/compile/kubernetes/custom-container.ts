/** A custom container: the user's image as it is, and before it the bundled front, as a sidecar that starts first and ends last. */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import type { InferenceConfigArgs, RouteArgs } from "../../model/sources.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { CONTAINER, ENVIRONMENT, PROBES, type ServeOptions } from "../../scoring/contract.ts";
import type { MountedFiles } from "./assets.ts";
import { compileArguments, compileResources, drainSeconds, ownMounts } from "./container.ts";
import { CONTAINER_NAME, imageOf, PRE_STOP_SECONDS, REQUESTS, RESTRICTED, USER } from "./containers.ts";
import { filled } from "./lists.ts";
import { compileVariables } from "./variables.ts";
import type { With } from "./manifest.ts";
import { compileProbe, PORT_NAME, STARTUP } from "./probes.ts";

/** How a custom container is asked, if the deployment is one. */
export const configOf = <V>({ environment }: Pick<OnlineDeployment<V>, "environment">): InferenceConfigArgs | undefined => environment?.inferenceConfig;

/** What its own server may take to end. */
export const END_SECONDS = 10;

/** The user's container. It stays until the front has given back all that it holds: whether its server ends with or without its requests is not known. */
export const compileCustomContainer = <V>(deployment: OnlineDeployment<V>, config: InferenceConfigArgs, files: MountedFiles<V>): With<IContainer, V> => {
  const { codeConfiguration, environment, kubernetes, livenessProbe, readinessProbe, startupProbe } = deployment;
  const { livenessRoute, readinessRoute, startupRoute = livenessRoute } = config;
  const script = codeConfiguration === undefined ? [] : [{ name: ENVIRONMENT.entryScript, value: codeConfiguration.scoringScript }];
  return {
    env: filled([...script.filter(({ name }) => !(name in deployment.environmentVariables || name in deployment.secretVariables)), ...compileVariables(deployment, files)]),
    image: environment?.image,
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS + drainSeconds(deployment) } } },
    livenessProbe: compileProbe(livenessRoute.path, livenessProbe, livenessRoute.port),
    name: CONTAINER_NAME,
    ports: portsOf(config).map((containerPort) => ({ containerPort, protocol: "TCP" })),
    readinessProbe: compileProbe(readinessRoute.path, readinessProbe, readinessRoute.port),
    resources: compileResources(kubernetes),
    securityContext: RESTRICTED,
    startupProbe: compileProbe(startupRoute.path, startupProbe ?? STARTUP, startupRoute.port),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: filled([...files.mounts, ...kubernetes.volumeMounts]),
  };
};

/** The front. It has no startup probe: the container behind it is started only when a sidecar has passed its own. */
export const compileFront = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, config: InferenceConfigArgs): With<IContainer, V> => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const port = frontPort(config);
  return {
    args: compileArguments(endpoint, name, { port, ...upstream(config) }),
    env: filled(variables(deployment)),
    image: imageOf(endpoint, deployment),
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    livenessProbe: compileProbe(PROBES.liveness, deployment.livenessProbe),
    name: "front",
    ports: [{ containerPort: port, name: PORT_NAME, protocol: "TCP" }],
    readinessProbe: compileProbe(PROBES.readiness, deployment.readinessProbe),
    resources: { requests: REQUESTS },
    restartPolicy: "Always",
    securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true, runAsGroup: USER, runAsUser: USER },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: ownMounts(endpoint, name),
  };
};

const portsOf = ({ livenessRoute, readinessRoute, scoringRoute, startupRoute }: InferenceConfigArgs): number[] => [
  ...new Set([scoringRoute, readinessRoute, livenessRoute, startupRoute ?? livenessRoute].map(({ port }) => port)),
];

/** The usual port, or the next that the container does not use: they share one network. */
export const frontPort = (config: InferenceConfigArgs): number => {
  const taken = portsOf(config);
  return Array.from({ length: taken.length + 1 }, (_, i) => CONTAINER.port + i).find((port) => !taken.includes(port)) ?? CONTAINER.port;
};

/** Whatever path it answers, it answers through the front, as on Azure. The kubelet asks itself whether it is alive. */
const upstream = ({ readinessRoute, scoringRoute }: InferenceConfigArgs): ServeOptions => {
  const address = ({ path, port }: RouteArgs): string => `http://127.0.0.1:${port}${path}`;
  return { upstreamScoring: address(scoringRoute), upstreamReadiness: address(readinessRoute), upstreamPaths: "/" };
};

/** Variables that are the front's own matter; the others are the container's. */
const FRONT = /^(?:OTEL_|INFERENCE_ENDPOINTS_|AML_APP_INSIGHTS_|APPLICATIONINSIGHTS_|AML_CORS_ORIGINS$)/;

const variables = <V>(deployment: OnlineDeployment<V>) =>
  compileVariables({ ...deployment, environmentVariables: fronts(deployment.environmentVariables), secretVariables: fronts(deployment.secretVariables) }, {});

const fronts = <T>(variables: Readonly<Record<string, T>>): Readonly<Record<string, T>> => Object.fromEntries(Object.entries(variables).filter(([name]) => FRONT.test(name)));
