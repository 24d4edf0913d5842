/** A batch endpoint on Kubernetes: what its jobs need, the service that makes them, and its route. All of it is in the namespace of the jobs. */
import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Assets } from "../../model/bundle.ts";
import type { Plan, PlannedResource } from "../../model/plan.ts";
import type { KubernetesTarget } from "../../model/target.ts";
import { BATCH_ROUTES } from "../../scoring/contract/batch.ts";
import { UNTIL_ROUTED } from "./await.ts";
import { compileBatchDeployment } from "./batch-deployment.ts";
import { compileInvoker } from "./batch-service.ts";
import { milliseconds } from "./durations.ts";
import { addressOf, compileGateway, compileParent, pathOf } from "./gateway.ts";
import { supports } from "./gateways.ts";
import { KEYS, ofEndpoint } from "./ids.ts";
import { compileKeys } from "./keys.ts";
import type { With } from "./manifest.ts";
import { endpointMetadata } from "./metadata.ts";
import { SERVICE_PORT } from "./online-deployment.ts";
import { ownerOf, type Owner } from "./owner.ts";
import { compilePipeline, pipelineNotes } from "./pipeline.ts";
import { compileSecurityPolicy } from "./security-policy.ts";
import { callerOutputs, compileTokens } from "./tokens.ts";

/** A dry run asks a pod, which has a minute to answer. */
const LONGEST_MS = 90_000;

/** The plan of an endpoint that passed `batchVerdict`. */
export const compileBatchEndpoint = <V>(endpoint: BatchOn<V, KubernetesTarget<V>>, assets: Assets): Plan => {
  const owner = ownerOf(endpoint);
  const keys = compileKeys(owner);
  const tokens = compileTokens(owner);
  const gateway = compileGateway(owner);
  const deployments = Object.entries(endpoint.deployments).map(([name, deployment]) => {
    const compiled = deployment.type === "model" ? compileBatchDeployment(owner, name, deployment, assets[name] ?? {}) : compilePipeline(owner, name, deployment, assets);
    return [name, compiled] as const;
  });
  const parts = deployments.flatMap(([, { resources }]) => resources);
  const secret = keys.filter(({ role }) => role === KEYS);
  const invoker = compileInvoker(endpoint, owner, Object.fromEntries(deployments.map(([name, { entry }]) => [name, entry])), [...secret, ...tokens, ...parts].map(({ id }) => id));
  const routes = [route(owner, [...gateway.map(({ id }) => id), "invokerService"])];
  return {
    resources: [...keys, ...tokens, ...gateway, ...parts, ...invoker, ...routes, ...compileSecurityPolicy(owner, routes)],
    outputs: { name: endpoint.name, scoringUri: addressOf(owner, BATCH_ROUTES.jobs), ...callerOutputs(owner) },
    deployedNames: Object.fromEntries(deployments.map(([name]) => [name, name])),
    notes: pipelineNotes(endpoint),
  };
};

/** Made after the service: a route to a Service that does not exist answers 500. */
const route = <V>(owner: Owner<V>, dependsOn: readonly string[]): PlannedResource => {
  const { hostname } = owner.kubernetes;
  const inputs: With<IHTTPRoute, V> = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: endpointMetadata(owner, owner.name, UNTIL_ROUTED),
    spec: {
      ...(hostname === undefined ? {} : { hostnames: [hostname] }),
      parentRefs: [compileParent(owner)],
      rules: [
        {
          backendRefs: [{ name: owner.name, port: SERVICE_PORT }],
          matches: [{ path: { type: "PathPrefix", value: pathOf(owner) } }],
          ...(supports(owner.target.gateway, "HTTPRouteRequestTimeout") ? { timeouts: { request: milliseconds(LONGEST_MS) } } : {}),
        },
      ],
    },
  };
  return ofEndpoint(owner, "route", { type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", inputs, options: { dependsOn } });
};
