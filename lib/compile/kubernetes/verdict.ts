/** What cannot be done of an endpoint on Kubernetes, before anything is registered, and what can but its author may not have meant. */
import type { Assets, DeploymentAssets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { alternatives } from "../../model/fields.ts";
import type { Problem, Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { shadowOf } from "../../model/traffic.ts";
import { named, supports, thatCan } from "./gateways.ts";
import { addressProblems } from "./verdict-address.ts";
import { alertsVerdict } from "./verdict-alerts.ts";
import { authProblems } from "./verdict-auth.ts";
import { computeVerdict } from "./verdict-compute.ts";
import { keyProblems } from "./verdict-metadata.ts";
import { networkWarnings } from "./verdict-network.ts";
import { sourceProblems, sourceWarnings } from "./verdict-sources.ts";
import { certain, judged, judgedEach } from "../../model/refused.ts";

/** The Gateway API's limit of backends in one rule. */
const BACKENDS = 16;
/** The shortest timeout that a gateway puts on a route by itself: Envoy's. */
const GATEWAY_MS = 15_000;
const MIRROR = "HTTPRouteRequestPercentageMirror";

export const verdict = <V>(endpoint: On<V, KubernetesTarget<V>>, assets: Assets): Verdict =>
  judged(
    () => ({ problems: endpointProblems(endpoint) }),
    () => alertsVerdict(endpoint),
    () => judgedEach(endpoint.deployments, (_deployment, name) => deploymentVerdict(endpoint, name, assets[name] ?? {})),
    () => ({ warnings: [...timeoutWarnings(endpoint), ...networkWarnings(endpoint)] }),
  );

const deploymentVerdict = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string, files: DeploymentAssets): Verdict =>
  judged(
    () => ({ problems: sourceProblems(endpoint, name, files) }),
    () => computeVerdict(endpoint, name),
    () => ({ warnings: sourceWarnings(endpoint, name, files) }),
  );

const endpointProblems = <V>(endpoint: On<V, KubernetesTarget<V>>): Problem[] =>
  certain(
    () => authProblems(endpoint),
    () => addressProblems(endpoint),
    () => mirrorProblems(endpoint),
    () => shareProblems(endpoint),
    () => keyProblems("tags", endpoint.tags, "an annotation"),
  );

const mirrorProblems = <V>({ mirrorTraffic, target }: On<V, KubernetesTarget<V>>): Problem[] => {
  if (shadowOf(mirrorTraffic) === undefined) return [];
  const { gateway } = target;
  if (supports(gateway, MIRROR)) return [];
  const others = alternatives(thatCan(({ features }) => features.includes(MIRROR)));
  const instead = supports(gateway, "HTTPRouteRequestMirror") ? ", only every request" : "";
  const message = `${named(gateway)} cannot mirror a percentage of the requests (${MIRROR})${instead}; ${others} can: use one of them, or leave out mirrorTraffic`;
  return [{ path: "mirrorTraffic", message, value: mirrorTraffic }];
};

const shareProblems = <V>({ traffic }: On<V, KubernetesTarget<V>>): Problem[] => {
  const live = Object.values(traffic).filter((share) => share > 0).length;
  const message = `a rule of the Gateway API shares traffic among ${BACKENDS} deployments at most; got ${live}: give the others 0, they still answer to their name in the header`;
  return live > BACKENDS ? [{ path: "traffic", message, value: traffic }] : [];
};

const timeoutWarnings = <V>({ deployments, target }: On<V, KubernetesTarget<V>>): Problem[] => {
  if (supports(target.gateway, "HTTPRouteRequestTimeout")) return [];
  return Object.entries(deployments)
    .filter(([, { requestSettings }]) => requestSettings.requestTimeoutMs + requestSettings.maxQueueWaitMs > GATEWAY_MS)
    .map(([name]) => ({
      path: `deployments.${name}.requestSettings.requestTimeoutMs`,
      message: `${named(target.gateway)} takes no timeout from a route: where its own is shorter, callers get 504 before the deployment's 408`,
    }));
};
