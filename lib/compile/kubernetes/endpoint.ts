/** An online endpoint on Kubernetes: keys or tokens, the Gateway where it is made, deployments side by side, routing after them. */
import type { Assets } from "../../model/bundle.ts";
import type { On } from "../../model/endpoint.ts";
import { externalNotes } from "../../model/traffic.ts";
import type { Plan } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { compileAlerts } from "./alerts.ts";
import { autoscaleNotes } from "./autoscale.ts";
import { compileDashboard } from "./dashboard.ts";
import { compileAddresses, compileGateway } from "./gateway.ts";
import { compileKeys } from "./keys.ts";
import { KEYS } from "./ids.ts";
import { compileMonitor } from "./monitors.ts";
import { networkNotes } from "./network-policy.ts";
import { compileOnlineDeployment } from "./online-deployment.ts";
import { compileSecurityPolicy } from "./security-policy.ts";
import { callerOutputs, compileTokens } from "./tokens.ts";
import { compileRoutes } from "./traffic.ts";

/** The plan of an endpoint that passed `verdict`. Of another program's endpoint it is that of the deployment alone. */
export const compileEndpoint = <V>(endpoint: On<V, KubernetesTarget<V>>, assets: Assets): Plan => {
  const names = Object.keys(endpoint.deployments);
  const told = { deployedNames: Object.fromEntries(names.map((name) => [name, name])), notes: [...externalNotes(endpoint), ...autoscaleNotes(endpoint), ...networkNotes(endpoint)] };
  if (endpoint.existing) return { resources: names.flatMap((name) => compileOnlineDeployment(endpoint, name, assets[name] ?? {}, [])), outputs: {}, ...told };
  const keys = compileKeys(endpoint);
  const gateway = compileGateway(endpoint);
  const tokens = compileTokens(endpoint);
  const known = [...keys.filter(({ role }) => role === KEYS), ...tokens].map(({ id }) => id);
  const deployments = names.flatMap((name) => compileOnlineDeployment(endpoint, name, assets[name] ?? {}, known));
  const reached = deployments.filter(({ role }) => role === "deployment" || role === "service");
  const routes = compileRoutes(endpoint, gateway.map(({ id }) => id), reached);
  return {
    resources: [...keys, ...tokens, ...gateway, ...compileMonitor(endpoint), ...compileAlerts(endpoint), ...compileDashboard(endpoint), ...deployments, ...routes, ...compileSecurityPolicy(endpoint, routes)],
    outputs: { name: endpoint.name, ...compileAddresses(endpoint), ...callerOutputs(endpoint) },
    ...told,
  };
};
