import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import type { DeploymentStatus } from "../../lib/local/endpoints.ts";
import { PortUnavailable } from "../../lib/local/router.ts";
import { start } from "../../lib/local/run.ts";
import { answerTo, credit, fake, frontEntry, lives, load, processTree, runner } from "./support.ts";

test.skipIf(process.platform !== "linux")("kill -9 of the runner under load leaves no process behind", async () => {
  const env = { FAKE_WORKER: "1" };
  const { child, url } = await runner({ endpoints: [credit([fake("blue", "1", env), fake("green", "1", env)])], frontEntry, port: 0 });
  const tree = processTree(child.pid!);
  expect(tree).toHaveLength(4);
  const callers = load(url, 4);
  await vi.waitFor(() => expect(callers.answers.at(-1)?.status).toBe(200));
  child.kill("SIGKILL");
  await once(child, "exit");
  await callers.stop();
  await vi.waitFor(() => expect(tree.filter(lives)).toEqual([]), { timeout: 10_000 });
});

test("half a gigabyte through router and shadow needs no memory for it", { timeout: 60_000 }, async () => {
  const endpoint = credit([fake("blue", "1"), fake("shadow", "1")], { mirror: { deployment: "shadow", percent: 100 } });
  const { child, url } = await runner({ endpoints: [endpoint], frontEntry, port: 0 });
  const size = 512 << 20;
  const outgoing = request(url, { method: "POST", headers: { "content-length": size } });
  const answer = answerTo(outgoing);
  const chunk = Buffer.alloc(1 << 20);
  for (let sent = 0; sent < size; sent += chunk.length) if (!outgoing.write(chunk)) await once(outgoing, "drain");
  outgoing.end();
  expect(JSON.parse((await answer).body)).toMatchObject({ deployment: "blue", bytes: size });
  child.send("how much?");
  const [{ maxRss }] = (await once(child, "message")) as [{ maxRss: number }];
  expect(maxRss).toBeLessThan(256 << 20);
});

test("a port in use is refused before anything is started", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const seen: DeploymentStatus[] = [];
  const failed = start({ endpoints: [credit([fake("blue", "1")])], frontEntry, port, onStatus: (status) => void seen.push(status) });
  await expect(failed).rejects.toThrow(PortUnavailable);
  expect(seen).toEqual([]);
});
