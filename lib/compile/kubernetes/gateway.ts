/** The Gateway in front of an endpoint: made, or attached to; and the address at which callers reach the endpoint through it. */
import type { IGateway } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway";
import { ROUTES } from "../../scoring/contract.ts";
import { join, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { UNTIL_ACCEPTED } from "./await.ts";
import { GATEWAY, ofEndpoint } from "./ids.ts";
import type { With } from "./manifest.ts";
import { endpointMetadata } from "./metadata.ts";
import type { Owner } from "./owner.ts";

const LISTENER = "https";

/** The Gateway, where one is made with the endpoint. */
export const compileGateway = <V>(endpoint: Owner<V>): PlannedResource[] => {
  const { gateway } = endpoint.target;
  if (gateway.kind === "existing") return [];
  const { className, hostname, tls } = gateway.create;
  const inputs: With<IGateway, V> = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: endpointMetadata(endpoint, endpoint.name, UNTIL_ACCEPTED),
    spec: {
      gatewayClassName: className,
      listeners: [
        {
          allowedRoutes: { namespaces: { from: "Same" } },
          hostname,
          name: LISTENER,
          port: 443,
          protocol: "HTTPS",
          tls: { certificateRefs: [{ name: tls.secretName }], mode: "Terminate" },
        },
      ],
    },
  };
  return [ofEndpoint(endpoint, GATEWAY, { type: "kubernetes:gateway.networking.k8s.io/v1:Gateway", inputs })];
};

/** ParentReference of the routes. */
export const compileParent = <V>({ name, target }: Owner<V>) => {
  const { gateway, namespace } = target;
  if (gateway.kind === "new") return { name, namespace, sectionName: LISTENER };
  return { name: gateway.name, namespace: gateway.namespace, ...(gateway.listener === undefined ? {} : { sectionName: gateway.listener }) };
};

/** Path prefix of the endpoint; the front strips it. */
export const pathOf = <V>({ kubernetes, name, target }: Owner<V>): Value<V> => {
  if (kubernetes.path !== undefined) return kubernetes.path;
  return kubernetes.hostname === undefined ? join<V>`/endpoints/${target.namespace}/${name}` : "/";
};

/** URLs of the routes that callers use. */
export const compileAddresses = <V>(endpoint: Owner<V>) => ({ scoringUri: addressOf(endpoint, ROUTES.score), swaggerUri: addressOf(endpoint, ROUTES.swagger) });

/** URL of a route below the endpoint's path. */
export const addressOf = <V>(endpoint: Owner<V>, route: string): Value<V> => {
  const path = pathOf(endpoint);
  return join<V>`${originOf(endpoint)}${path === "/" ? "" : path}${route}`;
};

/** A hostname wins over the Gateway's URL: a route with a hostname answers under no other. */
const originOf = <V>({ kubernetes, target }: Owner<V>): Value<V> => {
  const { gateway } = target;
  if (kubernetes.hostname !== undefined) return join<V>`https://${kubernetes.hostname}`;
  if (gateway.url !== undefined) return gateway.url;
  return gateway.kind === "new" ? join<V>`https://${gateway.create.hostname}` : "";
};
