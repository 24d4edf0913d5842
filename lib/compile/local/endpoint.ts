/** An online endpoint on this machine. */
import type { Assets } from "../../model/bundle.ts";
import type { OnlineEndpoint } from "../../model/endpoint.ts";
import { compileOnlineDeployment } from "./online-deployment.ts";
import type { LocalPlan } from "./plan.ts";
import { compileMirror, compileTraffic } from "./traffic.ts";

/** The plan of an endpoint that passed `verdict`. Its target is not looked at: the same program runs here. */
export const compileEndpoint = <V>(endpoint: OnlineEndpoint<V>, assets: Assets): LocalPlan<V> => {
  const path = `/endpoints/${endpoint.name}`;
  return {
    name: endpoint.name,
    path,
    deployments: Object.entries(endpoint.deployments).map(([name, deployment]) =>
      compileOnlineDeployment(endpoint, name, deployment, assets[name] ?? {}),
    ),
    traffic: compileTraffic(endpoint.traffic),
    mirror: compileMirror(endpoint.mirrorTraffic),
  };
};
