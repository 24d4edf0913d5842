/** Clients and scripts that behave badly: each gets a clear answer, everybody else is served, and nothing grows. */
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually, ofProcess, ready, workersOf } from "../scoring/harness.ts";
import type { TestFront } from "../scoring/harness.ts";
import { Connection } from "./connection.ts";
import type { Answer } from "./connection.ts";
import { post } from "./load.ts";

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(ofProcess(pid, "status"))?.[1] ?? 0) / 1024;
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const LAST = { Connection: "close" };

/** Sends bytes, and gives every answer until the other side closes; `end` closes ours. */
async function exchange(port: number, bytes: string, end = false): Promise<Answer[]> {
  const connection = new Connection(port);
  const answers: Answer[] = [];
  connection.onAnswer((answer) => answers.push(answer));
  if (end) connection.socket.end(Buffer.from(bytes, "latin1"));
  else connection.socket.write(Buffer.from(bytes, "latin1"));
  await connection.closed;
  expect(connection.broken).toBeUndefined();
  return answers;
}

const serves = async (front: TestFront): Promise<void> => {
  const [answer] = await exchange(front.port, post("/score", "json 1", LAST));
  expect(answer).toMatchObject({ status: 200, body: "1" });
};

test("200 clients that never finish their headers are closed with 408, and keep nobody waiting", async () => {
  const front = await ready({ entryScript: "score.py" });
  const slow = Array.from({ length: 200 }, (_, at) => exchange(front.port, `POST /score HTTP/1.1\r\nHost: a\r\nX-Slow-${at}: `));
  await serves(front);
  for (const answers of await Promise.all(slow)) expect(answers.map(({ status }) => status)).toEqual([408]);
  expect((await front.send("/metrics")).body).toContain('scoring_refusals_total{reason="slow_headers"} 200\n');
  await serves(front);
});

test("a client that closes its side before it has its answer is taken to have left, and the log says so", async () => {
  const front = await ready({ entryScript: "score.py" });
  expect(await exchange(front.port, post("/score", "sleep 0.2"), true)).toEqual([]);
  await front.logged(/POST \/score 499 /);
  await serves(front);
});

test("a body shorter than it says: nobody runs it", async () => {
  const front = await ready({ entryScript: "score.py" });
  const bytes = "POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 60\r\n\r\nprint ran";
  expect((await exchange(front.port, bytes, true)).map(({ status }) => status)).toEqual([400]);
  await serves(front);
  expect(front.log()).not.toContain("azmlinfsrv.print - ran");
});

test.each([
  ["a body longer than it says: the rest is no request", "POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\njson 1 and more", [200, 400]],
  ["a length that is no number", "POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: six\r\n\r\njson 1", [400]],
  ["a length and chunks", "POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]],
  ["chunks with trailers", "POST /score HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n6\r\njson 1\r\n0\r\nX-Sum: 1\r\n\r\n", [200]],
  ["64 KB of headers", `GET /score HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(65_536)}\r\n\r\n`, [431]],
])("%s", async (_, bytes, statuses) => {
  const front = await ready({ entryScript: "score.py" });
  const answers = await exchange(front.port, bytes);
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  for (const { body } of answers.filter(({ status }) => status !== 200)) expect(JSON.parse(body)).toEqual({ message: expect.stringMatching(/^The (bytes are|request)/) as string });
  await serves(front);
});

test("10,000 idle connections: requests are answered, and nothing of them is left", async () => {
  const front = await ready({ entryScript: "score.py" });
  const before = descriptors(front.pid);
  const idle: Connection[] = [];
  for (let at = 0; at < 10_000; at += 1) {
    const connection = new Connection(front.port);
    if (!(await connection.opened())) throw new Error(`connection ${at} was not opened`);
    idle.push(connection);
  }
  await eventually(() => descriptors(front.pid) >= before + 10_000);
  await serves(front);
  console.log(`front with 10,000 idle connections: ${residentMb(front.pid).toFixed(0)} MB`);
  expect(residentMb(front.pid)).toBeLessThan(400);
  for (const { socket } of idle) socket.destroy();
  await eventually(() => descriptors(front.pid) <= before);
});

const scriptOf = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  writeFileSync(join(folder, "score.py"), text);
  return folder;
};

test.each(["text", "json"] as const)("a script that prints for ever, 20 MB and more, as %s", async (logFormat) => {
  const folder = scriptOf(
    'import threading\n\nprinted = 0\n\ndef init():\n    def flood():\n        global printed\n        while True:\n            print("x" * 1000)\n            printed += 1\n    threading.Thread(target=flood, daemon=True).start()\n\ndef run(data):\n    return printed if data == "printed" else len(data)\n',
  );
  const front = await ready({ entryScript: "score.py", logFormat }, { AML_APP_ROOT: folder });
  await eventually(async () => Number((await exchange(front.port, post("/score", "printed", LAST)))[0]?.body) > 20_000);
  const [answer] = await exchange(front.port, post("/score", "four", LAST));
  expect(answer).toMatchObject({ status: 200, body: "4" });
  for (const pid of [front.pid, ...workersOf(front.pid)]) expect(residentMb(pid)).toBeLessThan(250);
});

test("a script that forks: one answer a request, and nobody is left when the front ends", async () => {
  const folder = scriptOf("import os, time\n\ndef init():\n    pass\n\ndef run(data):\n    if os.fork() == 0:\n        time.sleep(60)\n    return os.getpid()\n");
  const front = await ready({ entryScript: "score.py" }, { AML_APP_ROOT: folder });
  const [worker = 0] = workersOf(front.pid);
  for (let sent = 0; sent < 20; sent += 1) expect(await exchange(front.port, post("/score", "x", LAST))).toMatchObject([{ status: 200, body: String(worker) }]);
  const group = (): number[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => groupOf(pid) === worker);
  expect(group().length).toBeGreaterThanOrEqual(20);
  front.child.kill("SIGTERM");
  expect((await front.exit).code).toBe(0);
  await eventually(() => group().length === 0);
});

const groupOf = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[2]);
  } catch {
    return 0;
  }
};

test("a script that leaks 5 MB a request, whose workers are replaced after 20: each keeps those, and the next one begins anew", async () => {
  // Written to, or nothing of it would be in memory.
  const folder = scriptOf("import os\n\nkept = []\n\ndef init():\n    pass\n\ndef run(data):\n    kept.append(bytearray(b'x') * 5_000_000)\n    return [os.getpid(), len(kept)]\n");
  const front = await ready({ entryScript: "score.py", maxRequests: 20 }, { AML_APP_ROOT: folder });
  const treeMb = (): number => [front.pid, ...workersOf(front.pid)].reduce((sum, pid) => sum + residentMb(pid), 0);
  const recycled = async (): Promise<number> => Number(/^scoring_worker_recycled_total (\d+)$/m.exec((await front.send("/metrics")).body)?.[1]);
  const fresh = treeMb();
  const workers = new Set<number>();
  let most = 0;
  for (let life = 1; life <= 8; life += 1) {
    for (let sent = 1; sent <= 20; sent += 1) {
      const [answer] = await exchange(front.port, post("/score", "x", LAST));
      const [pid = 0, kept] = JSON.parse(answer?.body ?? "[]") as number[];
      expect([answer?.status, kept]).toEqual([200, sent]);
      workers.add(pid);
    }
    expect(workers.size).toBe(life);
    most = Math.max(most, treeMb());
    await eventually(async () => (await recycled()) === life && workersOf(front.pid).length === 1);
  }
  console.log(`front and workers: ${fresh.toFixed(0)} MB fresh, at most ${most.toFixed(0)} MB`);
  expect(most - fresh).toBeGreaterThan(90); // twenty times 5 MB, which are there
  expect(most - fresh).toBeLessThan(200); // and the next worker
  expect(treeMb() - fresh).toBeLessThan(60);
});
