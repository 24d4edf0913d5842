/** Requests that a client library does not send: both servers get the same bytes, over a connection of their own. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comparable, start } from "./azmlinfsrv.ts";
import { dial } from "./behind.ts";
import { post, send } from "./harness.ts";
import type { Reply } from "./harness.ts";

const ends: (() => void)[] = [];
let ports: { genuine: number; ours: number };
beforeAll(async () => {
  ports = await start("score.py", {}, ends);
});
afterAll(() => ends.forEach((end) => end()));

/** The last answer that comes before the connection closes, and what came before it. */
async function exchange(port: number, bytes: string): Promise<{ before: string[]; reply: Reply }> {
  const line = dial(port);
  line.socket.write(bytes, "latin1");
  await line.closed;
  const parts = line.text().split("\r\n\r\n");
  const [head = "", body = ""] = parts.slice(-2);
  const [status = "", ...headers] = head.split("\r\n");
  const pairs = headers.map((each) => [each.slice(0, each.indexOf(":")), each.slice(each.indexOf(":") + 1).trim()]);
  return { before: parts.slice(0, -2), reply: { status: Number(status.split(" ")[1]), headers: Object.fromEntries(pairs) as Record<string, string>, body } };
}
const both = (bytes: string): Promise<[expected: Awaited<ReturnType<typeof exchange>>, actual: Awaited<ReturnType<typeof exchange>>]> =>
  Promise.all([exchange(ports.genuine, bytes), exchange(ports.ours, bytes)]);

const LAST = "Connection: close\r\n";
const same: Record<string, string> = {
  "no Host": `POST /score HTTP/1.1\r\n${LAST}Content-Length: 5\r\n\r\nhello`,
  "no Host, as scripts see it": `POST /score HTTP/1.1\r\n${LAST}Content-Length: 7\r\n\r\nheaders`,
  "health without Host": `GET / HTTP/1.1\r\n${LAST}\r\n`,
  "a path that is not there, without Host": `GET /nope HTTP/1.1\r\n${LAST}\r\n`,
  "HTTP/1.0": "POST /score HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
  "Expect: 100-continue": `POST /score HTTP/1.1\r\nHost: x\r\n${LAST}Expect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello`,
  "Expect: 100-continue of HTTP/1.0": "POST /score HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
  "a tunnel": `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n${LAST}\r\n`,
};

test.each(Object.keys(same))("%s", async (name) => {
  const [expected, actual] = await both(same[name] ?? "");
  expect({ before: actual.before, ...(comparable(actual.reply) as object) }).toEqual({ before: expected.before, ...(comparable(expected.reply) as object) });
});

describe("the status is the same, and gunicorn's page is ours in JSON", () => {
  test("an expectation that is not 100-continue", async () => {
    const [expected, actual] = await both(`POST /score HTTP/1.1\r\nHost: x\r\n${LAST}Expect: miracles\r\nContent-Length: 5\r\n\r\nhello`);
    expect([expected.reply.status, actual.reply.status]).toEqual([417, 417]);
    expect([expected.reply.headers["Content-Type"], actual.reply.headers["Content-Type"]]).toEqual(["text/html", "application/json"]);
  });

  test("sys.exit() in run(), after which the same worker goes on", async () => {
    const process = async (port: number): Promise<string> => (await send(port, "/score", post("pid"))).body;
    for (const port of Object.values(ports)) {
      const before = await process(port);
      expect((await send(port, "/score", post("exit"))).status).toBe(500);
      expect(await process(port)).toBe(before);
    }
  });
});
