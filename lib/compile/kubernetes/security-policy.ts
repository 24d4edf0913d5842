/** Callers refused by Envoy Gateway before they reach a pod: its SecurityPolicy for the endpoint's routes. */
import { join, type Value } from "../../model/late.ts";
import type { PlannedResource } from "../../model/plan.ts";
import { UNTIL_ATTACHED } from "./await.ts";
import { ofEndpoint, SECURITY_POLICY } from "./ids.ts";
import { keysSecretName } from "./keys.ts";
import { endpointMetadata } from "./metadata.ts";
import type { Owner } from "./owner.ts";

/** The policy, made after the routes that it names. */
export const compileSecurityPolicy = <V>(endpoint: Owner<V>, routes: readonly PlannedResource[]): PlannedResource[] => {
  if (endpoint.auth.enforce !== "gateway") return [];
  const inputs = {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "SecurityPolicy",
    metadata: endpointMetadata(endpoint, endpoint.name, UNTIL_ATTACHED),
    spec: {
      ...(endpoint.authMode === "key" ? byKey(endpoint) : byToken(endpoint)),
      targetRefs: routes.map(({ inputs: route }) => ({ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: (route["metadata"] as { readonly name: string }).name })),
    },
  };
  const options = { dependsOn: routes.map(({ id }) => id) };
  return [ofEndpoint(endpoint, SECURITY_POLICY, { type: "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy", inputs, options })];
};

/** Envoy takes the word "Bearer" off itself; the header stays, because the container checks too. */
const byKey = <V>(endpoint: Owner<V>): object => ({
  apiKeyAuth: { credentialRefs: [{ name: keysSecretName(endpoint) }], extractFrom: [{ headers: ["Authorization"] }] },
});

/** Entra's two kinds of tokens, by the claim that names the client in each. */
const PROVIDERS = [
  { name: "entra-v2", clientClaim: "azp", issuer: (tenant: Value<never>) => join`https://login.microsoftonline.com/${tenant}/v2.0` },
  { name: "entra-v1", clientClaim: "appid", issuer: (tenant: Value<never>) => join`https://sts.windows.net/${tenant}/` },
] as const;

const byToken = <V>({ auth }: Owner<V>): object => {
  const tenant = auth.tenantId as never;
  const uri = join`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`;
  const allow = (provider: string, claim: object): object => ({ action: "Allow", principal: { jwt: { claims: [claim], provider } } });
  const rules = PROVIDERS.flatMap(({ clientClaim, name }) => [
    ...(auth.allowedClientIds === undefined ? [] : [allow(name, { name: clientClaim, values: auth.allowedClientIds })]),
    ...(auth.roles === undefined ? [] : [allow(name, { name: "roles", valueType: "StringArray", values: auth.roles })]),
  ]);
  return {
    authorization: { defaultAction: "Deny", rules },
    jwt: { providers: PROVIDERS.map(({ issuer, name }) => ({ audiences: [auth.audience], issuer: issuer(tenant), name, remoteJWKS: { uri } })) },
  };
};
