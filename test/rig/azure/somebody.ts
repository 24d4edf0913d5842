/** Others at work in the same subscription: an autoscaler, a colleague with the CLI. They leave lines in the call log like everybody. */
import { isObject, type Body } from "../json.ts";
import { service, type Answer, type Request } from "./service.ts";

/** The autoscaler sets a deployment's instance count, as Azure Monitor does: by PATCH of the sku. */
export const autoscalerMoves = (folder: string, deployment: string, capacity: number): Promise<void> => ask(folder, { method: "PATCH", path: deployment, body: { sku: { capacity } } });

/** `az ml online-endpoint update --traffic`: read, change, put. */
export const somebodyRoutes = async (folder: string, endpoint: string, traffic: Readonly<Record<string, number>>): Promise<void> => {
  const { id: _id, name: _name, type: _type, ...body } = read(folder, endpoint);
  const { scoringUri: _scoring, swaggerUri: _swagger, provisioningState: _state, ...properties } = body["properties"] as Body;
  await ask(folder, { method: "PUT", path: endpoint, body: { ...body, identity: withoutPrincipals(body["identity"]), properties: { ...properties, traffic } } });
};

export const somebodyDeletes = (folder: string, path: string): Promise<void> => ask(folder, { method: "DELETE", path });

/** What is there now. */
export const read = (folder: string, path: string): Body => success(service(folder).request({ method: "GET", path })).body;

export const exists = (folder: string, path: string): boolean => service(folder).request({ method: "GET", path }).status === 200;

const ask = async (folder: string, request: Request): Promise<void> => {
  const { operation } = success(service(folder).request(request));
  while (operation !== undefined && service(folder).poll(operation)["status"] === "Running") await new Promise((resolve) => setTimeout(resolve, 2));
};

const success = (answer: Answer): Answer => {
  if (answer.status >= 400) throw new Error(JSON.stringify(answer.body));
  return answer;
};

const withoutPrincipals = (identity: unknown): Body => {
  const { type, userAssignedIdentities: users } = identity as Body;
  return isObject(users) ? { type, userAssignedIdentities: Object.fromEntries(Object.keys(users).map((id) => [id, {}])) } : { type };
};
