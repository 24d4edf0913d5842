/** The other side of the service: requests to endpoints, which go to deployments by header or by shares. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SCORE } from "./kinds/online-endpoint.ts";
import { sharesOf, type Shares } from "./kinds/traffic.ts";
import { endpointOf, lastOf, placeOf } from "./paths.ts";
import { cite, RULES, type RuleName } from "./rules.ts";
import { keysOf, look } from "./service.ts";
import { plant } from "./store.ts";
import type { Stored } from "./world.ts";

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const HEADER = "azureml-model-deployment";

/** Listens on a free port of loopback; from now on scoring URIs lead here. */
export const openFrontDoor = async (folder: string): Promise<Server> => {
  let count = 0;
  const server = createServer((request, response) => {
    const { body, headers = {}, status } = answer(folder, request, count++);
    request.resume().once("end", () => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  plant(folder, { frontDoor: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  return server;
};

const answer = (folder: string, { headers, url = "" }: IncomingMessage, nth: number): Reply => {
  const { control, world } = look(folder);
  const stored = Object.values(world.resources);
  const endpoint = stored.find(({ id, route = SCORE }) => placeOf(id)?.kind === "onlineEndpoint" && url === `/${lastOf(id)}${route}`);
  if (endpoint === undefined) return { status: 404, body: { message: "There is no such endpoint." } };
  if (!Object.values(keysOf(endpoint.id)).some((key) => headers.authorization === `Bearer ${key}`)) return refused(401, "key", "The key is not one of the endpoint's.");
  const shares = sharesOf(endpoint.body["properties"], "traffic");
  const chosen = headers[HEADER]?.toString() ?? pick(shares, nth);
  if (chosen === undefined) return refused(404, "nobody", "No deployment has traffic.");
  const deployment = stored.find((each) => placeOf(each.id)?.kind === "onlineDeployment" && endpointOf(each.id) === endpoint.id && lastOf(each.id) === chosen);
  if (deployment === undefined) return refused(404, "header", `There is no deployment '${chosen}'.`);
  const planted = control.answers.find((each) => each.deployment === chosen && (shares[chosen] ?? 0) >= (each.fromShare ?? 0));
  return scored(deployment, chosen, planted);
};

const scored = ({ everSucceeded }: Stored, name: string, planted: { readonly status: number; readonly message: string } | undefined): Reply => {
  const headers = { [HEADER]: name };
  const failed = everSucceeded ? planted : { status: 503, message: "The container is not ready." };
  if (failed === undefined) return { status: 200, body: { deployment: name }, headers };
  return { ...refused(424, "container", failed.message), headers: { ...headers, "ms-azureml-model-error-statuscode": String(failed.status) } };
};

const refused = (status: number, rule: RuleName, message: string): Reply => ({ status, body: { message: `${message} ${cite(RULES[rule])}` } });

/** Multiples of the golden ratio fill 0 to 100 evenly, so that even few requests are shared as the map says. */
const pick = (shares: Shares, nth: number): string | undefined => {
  let left = ((nth * 0.618_033_988_749_895) % 1) * 100;
  return Object.entries(shares).find(([, share]) => (left -= share) < 0)?.[0];
};
