/** How a Python worker ends, and what it says of itself before: to the front, however much it is. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually } from "./harness.ts";
import { direct } from "./python-direct.ts";
import type { Direct } from "./python-direct.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "scoring-"));

describe("how a worker ends", () => {
  const leaving = async (environment: Record<string, string> = {}): Promise<{ worker: Direct; left: string; begun: string }> => {
    const left = join(folder(), "left");
    return { worker: await direct({ entryScript: "leaving.py", environment: { LEFT: left, ...environment } }), left, begun: `${left}.begun` };
  };

  test("idle, with what the script has registered with atexit", async () => {
    const { worker, left } = await leaving();
    worker.worker.stop();
    expect(await worker.exited).toBe("exited with 0");
    expect(existsSync(left)).toBe(true);
  });

  test("busy, after its answer", async () => {
    const { worker, left, begun } = await leaving();
    const gate = join(folder(), "gate");
    const { answer } = worker.ask(`wait ${gate}`);
    await eventually(() => existsSync(begun));
    worker.worker.stop();
    writeFileSync(gate, "");
    expect((await answer).body).toBe(JSON.stringify(`wait ${gate}`));
    expect(await worker.exited).toBe("exited with 0");
    expect(existsSync(left)).toBe(true);
  });

  test("not by sys.exit() in run(), but by os._exit()", async () => {
    const { worker, left } = await leaving();
    expect(await worker.ask("exit").answer).toMatchObject({ status: 500, body: expect.stringContaining("error occurred in scoring script") });
    expect((await worker.ask("x").answer).body).toBe('"x"');
    await expect(worker.ask("die").answer).rejects.toThrow("lost");
    expect(await worker.exited).toBe("exited with 9");
    expect(existsSync(left)).toBe(false);
  });

  test("after an init() that raised, and not held up by what does not end", async () => {
    const left = join(folder(), "left");
    await expect(direct({ entryScript: "leaving.py", environment: { LEFT: left, LEAVING: "raise" } })).rejects.toMatchObject({ exitCode: 3 });
    await eventually(() => existsSync(left));
    const { worker } = await leaving({ LEAVING: "hang" });
    worker.worker.stop();
    expect(await worker.exited).toMatch(/^exited with 0$|^was ended by SIGKILL$/);
  });

  test("as the script's own handler of SIGTERM wants", async () => {
    const { worker, left } = await leaving({ LEAVING: "handler" });
    worker.worker.stop();
    expect(await worker.exited).toBe("exited with 5");
    expect([existsSync(left), existsSync(`${left}.heard`)]).toEqual([true, true]);
  });

  test("processes that the script forks still end by SIGTERM", async () => {
    const { worker, left } = await leaving();
    expect((await worker.ask("fork").answer).body).toBe("15");
    expect(existsSync(left)).toBe(false);
  });
});

describe("what a worker says of itself", () => {
  const schema = async (bytes: number): Promise<unknown> =>
    (await direct({ entryScript: "large_schema.py", environment: { SAMPLE_BYTES: String(bytes) } })).description.schemas?.input;

  test("may be longer than a frame", async () => {
    const { example } = JSON.parse(String(await schema(1_200_000))) as { example: { image: string } };
    expect(example.image.length).toBe(1_200_000);
  });

  test("has no sample of a length that nobody reads", async () => {
    expect(await schema(4_200_000)).toBe('{"type": "object"}');
  });

  test.each([
    ["is long", "'x' * 3_000_000", /ValueError: x{4000,} …$/, /x\n$/],
    ["holds half a character", "'\\ud800'", /ValueError: \ud800$/, /ValueError: \\ud800\n$/],
    ["has no text", "Speechless()", /Speechless: its text cannot be read$/, /Speechless: <exception str\(\) failed>\n$/],
  ])("a reason that %s arrives", async (_name, expression, reason, trace) => {
    const failing = direct({ entryScript: "bad_text.py", environment: { TEXT: expression } });
    await expect(failing).rejects.toMatchObject({ reason: expect.stringMatching(reason), trace: expect.stringMatching(trace), exitCode: 3 });
  });
});
