/** Deployments whose way out is closed, and that need one; and metrics that nobody reads, because the way in is closed. */
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { show, type Problem } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { ENVIRONMENT } from "../../scoring/contract.ts";
import { abilitiesOf } from "./gateways.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

/** Something in a pod that calls out. */
interface Need {
  /** Where the program says so. */
  readonly path: string;
  readonly what: string;
}

export const networkProblems = <V>(endpoint: On<V, KubernetesTarget<V>>, name: string): Problem[] => {
  const deployment = endpoint.deployments[name] as OnlineDeployment<V>;
  const path = `deployments.${name}`;
  const { egressPublicNetworkAccess } = deployment;
  const { egressAllow } = deployment.kubernetes;
  if (egressPublicNetworkAccess !== "disabled") {
    const message = 'it opens ways out of pods that have none: write egressPublicNetworkAccess: "disabled", or leave it out';
    return egressAllow.length === 0 ? [] : [{ path: `${path}.kubernetes.egressAllow`, message, value: egressAllow }];
  }
  if (egressAllow.length > 0) return [];
  return needs(endpoint, deployment).map((need) => ({
    path: `${path}.egressPublicNetworkAccess`,
    message: `${need.what}, which ${show(need.path)} asks for, needs a way out: allow it in kubernetes.egressAllow, [{ cidr, ports }]`,
    value: "disabled",
  }));
};

/** Policies add up, so that one of the user's own may let Prometheus in. */
export const networkWarnings = <V>({ target }: On<V, KubernetesTarget<V>>): Problem[] => {
  const { gateway, metricsFrom, monitoring } = target;
  const isLimited = gateway.dataPlane !== undefined || abilitiesOf(gateway).dataPlane.in !== "unknown";
  if (monitoring === undefined || metricsFrom !== undefined || !isLimited) return [];
  const message = "target.monitoring has Prometheus read /metrics, and the NetworkPolicy lets in the gateway alone: say where it runs, { namespace, podLabels }, or have a NetworkPolicy of your own";
  return [{ path: "target.metricsFrom", message }];
};

/** Environment variables that make the front send something somewhere, and the value with which they do not. */
const SENDERS = [
  { variable: "OTEL_EXPORTER_OTLP_ENDPOINT", off: "", what: "the export of traces" },
  { variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", off: "", what: "the export of traces" },
  { variable: ENVIRONMENT.appInsightsEnabled, off: "false", what: "Application Insights" },
] as const;

const ISSUERS: Readonly<Record<string, string>> = { aml_token: "the look-up of the cluster's keys at its API server", aad_token: "the look-up of the tenant's keys at Microsoft Entra" };

const needs = <V>(endpoint: On<V, KubernetesTarget<V>>, deployment: OnlineDeployment<V>): Need[] =>
  certain(
    () => certainOfEach(ISSUERS, (what, mode) => (mode === endpoint.authMode ? [{ path: "authMode", what }] : [])),
    () => (deployment.model?.kind === "uri" ? [{ path: "model.path", what: "the download of the model" }] : []),
    () => (deployment.kubernetes.collectedData?.kind === "url" ? [{ path: "kubernetes.collectedData.url", what: "the sending of collected data" }] : []),
    () => certainOfEach(SENDERS, (sender) => (sends(deployment, sender) ? [{ path: `environmentVariables.${sender.variable}`, what: sender.what }] : [])),
  );

const sends = <V>({ environmentVariables, secretVariables }: OnlineDeployment<V>, { off, variable }: (typeof SENDERS)[number]): boolean =>
  (secretVariables[variable] ?? environmentVariables[variable] ?? off) !== off;
