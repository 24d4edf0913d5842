/** The processes of the router's bench, by the first argument: `upstream`, `router <upstream port>`, `probe <port>`. Each tells its result over IPC. */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { Router } from "../../lib/local/router.ts";
import { routeOf } from "../../lib/local/table.ts";
import { LOOPBACK, Upstream } from "../../lib/local/upstream.ts";

const ANSWER = Buffer.from('{"answer":1234567}');
const BODY = '{"data": [[1, 2, 3, 4]]}';

const tell = (message: unknown): void => void process.send!(message);

function upstream(): void {
  const server = createServer((incoming, response) => {
    incoming.resume();
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": ANSWER.length }).end(ANSWER);
  });
  server.listen(0, LOOPBACK, () => tell((server.address() as AddressInfo).port));
}

async function router(port: number): Promise<void> {
  const backends = [{ deployment: "blue", upstream: new Upstream(port) }];
  const route = routeOf({ name: "credit", traffic: [{ deployment: "blue", percent: 100 }] }, backends);
  tell(await new Router(new Map([["/endpoints/credit", route]])).listen(LOOPBACK, 0));
}

/** The median time of one request after another on one connection, in milliseconds. autocannon counts in whole ones. */
async function probe(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const options = { host: LOOPBACK, port, path: "/endpoints/credit/score", method: "POST", agent, headers: { "content-length": BODY.length } };
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(options, (answer) => answer.resume().once("end", resolve)).once("error", reject);
      sent.end(BODY);
    });
  const times: number[] = [];
  for (let count = 0; count < 3000; count += 1) {
    const begin = performance.now();
    await once();
    if (count >= 1000) times.push(performance.now() - begin);
  }
  agent.destroy();
  tell(times.sort((a, b) => a - b)[times.length / 2]);
}

const [role, port] = process.argv.slice(2);
process.once("disconnect", () => process.exit());
if (role === "upstream") upstream();
else if (role === "router") void router(Number(port));
else void probe(Number(port)).then(() => process.disconnect());
