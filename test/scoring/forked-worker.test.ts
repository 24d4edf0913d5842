/** A forked worker and the news of its end, which come by two sockets: what it has said counts, whichever of them is read first. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ForkedWorker } from "../../lib/scoring/online/forked-worker.ts";
import { FRAME, encode } from "../../lib/scoring/online/protocol.ts";

/** What a worker that has met the front told the pool, in order; `socket` is the process's side. */
async function met(): Promise<{ worker: ForkedWorker; socket: Socket; heard: string[] }> {
  const heard: string[] = [];
  const worker = new ForkedWorker({
    ready: () => heard.push("ready"),
    unready: () => heard.push("unready"),
    batched: () => {},
    failed: ({ reason }) => heard.push(`failed: ${reason}`),
    exited: (how) => heard.push(`exited: ${how}`),
  });
  const socket = await new Promise<Socket>((resolve, reject) => {
    const fork = (path: string): void => resolve(connect(path));
    worker.fork({ fork, kill: (reason) => reject(new Error(reason)), startMs: 60_000 }).catch(reject);
  });
  await once(socket, "connect");
  // A process of our own leads the group that is killed with the worker.
  const leader = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  onTestFinished(() => {
    leader.kill("SIGKILL");
    socket.destroy();
  });
  await once(leader, "spawn");
  worker.forked(leader.pid ?? 0);
  return { worker, socket, heard };
}

test("what it had sent when it died is read before its death is acted on", async () => {
  const { worker, socket, heard } = await met();
  worker.exited("exited with 7");
  socket.end(encode(FRAME.ready, 0, Buffer.from('{"schemas":null,"batches":false}')));
  await once(socket, "close");
  await expect.poll(() => heard).toEqual(["unready", "ready", "exited: exited with 7"]);
});

test("a process that holds on to the worker's socket keeps nobody waiting for long", async () => {
  const { worker, heard } = await met();
  worker.exited("exited with 7");
  await expect.poll(() => heard, { timeout: 5000 }).toEqual(["unready", "exited: exited with 7"]);
});
