import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cli, dev, files, program, project, quickstart, write } from "./support.ts";

const run = promisify(execFile);

/** Pastes a line into a shell. */
const paste = async (line: string): Promise<string> => (await run("bash", ["-c", line])).stdout;

const script = (answer: string): string => `def init():\n    pass\n\ndef run(data):\n    return "${answer}"\n`;

const CURL = /^curl .*$/m;

test("the quickstart: the printed line answers with labels; keys stay; invoke finds it; it ends on a signal", async () => {
  const root = quickstart();
  const first = dev(root);
  const [line] = await first.until(CURL);
  const answer = JSON.parse(await paste(line)) as { label: number[] };
  expect(answer.label).toHaveLength(1);
  expect(first.text()).not.toContain("Server Settings"); // each front says them to whoever starts one by hand
  expect(await paste(`${line} -o /dev/null -w '%{http_code}'`)).toBe("200");
  const [, key] = /Bearer (\w+)"/.exec(line)!;
  const [, path] = /keys +(\S+)/.exec(first.text())!;
  expect(statSync(path!).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path!, "utf8"))).toMatchObject({ primaryKey: key });
  const data = /-d '(.*)'/.exec(line)![1]!;
  const invoked = await cli(root, ["invoke", "wine", "--deployment", "green", "--data", data]);
  expect({ code: invoked.code, err: invoked.err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(invoked.out)).toHaveProperty("label");
  const wrong = await cli(root, ["invoke", "wine", "--deployment", "green", "--request-file", "-"], {}, "no json");
  expect(wrong.code).toBe(1);
  expect(wrong.out).toBe("");
  expect(wrong.err).toMatch(/^424 .* from deployment green\n/);
  expect((await cli(root, ["invoke", "win", "--data", "{}"])).err).toContain('did you mean "wine"?');
  expect(await first.stop()).toBe(0);
  expect((await cli(root, ["invoke", "wine", "--data", "{}"])).err).toContain("no endpoint");
  const second = dev(root);
  expect((await second.until(CURL))[0]).toContain(key!);
  expect(await second.stop("SIGINT")).toBe(0);
}, 90_000);

test("a port in use is one clear line", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const { code, err } = await cli(quickstart(), ["dev", "--port", String(port)]);
  taken.close();
  expect(code).toBe(1);
  expect(err.trim().split("\n").at(-1)).toMatch(new RegExp(`^Port ${port} .*--port`));
});

test("a Python program: secrets and settings reach the script, values that nobody knows are refused; reload goes over, and keeps what is broken out", async () => {
  const before = 'const other = new pulumi.StackReference("o/p/s");';
  const root = project({ ...files, "index.ts": program('{ DB: config.requireSecret("db"), HOST: other.getOutput("host"), UNUSED: "u" }', before) });
  const refused = await cli(root, ["dev", "-c", "db=hidden", "--port", "0"]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("deployments.blue.environmentVariables.HOST: not known before the program is deployed; give it with --set deployments.blue.environmentVariables.HOST=value");
  const running = dev(root, ["-c", "db=hidden", "--set", "deployments.blue.environmentVariables.HOST=h"]);
  const [line] = await running.until(CURL);
  await running.until(/Watching/);
  expect(running.text()).not.toContain("hidden");
  expect(JSON.parse(await paste(line))).toEqual({ db: "hidden", model: ["model"] });

  running.clear();
  write(root, "code/score.py", script("second"));
  await running.until(/reloaded in/);
  expect(JSON.parse(await paste(line))).toBe("second");

  running.clear();
  write(root, "code/score.py", `import no_such_module\n${script("third")}`);
  await running.until(/goes on with its version before/);
  expect(running.text()).toContain('the Python package of module "no_such_module" is not installed; add it to a requirements file');
  expect(JSON.parse(await paste(line))).toBe("second");

  running.clear();
  write(root, "index.ts", program("{}").replace("blue: 100", "blue: 99"));
  await running.until(/The endpoints stay as they were/);
  expect(running.text()).toContain("sum of 99");
  expect(JSON.parse(await paste(line))).toBe("second");

  running.clear();
  write(root, "code/score.py", script("fourth"));
  write(root, "index.ts", program("{}"));
  await running.until(/reloaded in/);
  expect(JSON.parse(await paste(line))).toBe("fourth");
  expect(await running.stop()).toBe(0);
}, 120_000);

test("a script without run is told with file and reason", async () => {
  const root = project({ ...files, "code/score.py": "def init():\n    pass\n", "index.ts": program("{}") });
  const running = dev(root);
  const [line] = await running.until(/shop\/blue cannot start: .*/);
  expect(line).toContain("run");
  expect(await running.stop()).toBe(0);
});

test("keys that the program gives open the endpoint and are shown nowhere", async () => {
  const keys = 'auth: { keys: { primaryKey: config.requireSecret("key"), secondaryKey: "second" } },';
  const root = project({ ...files, "index.ts": program("{}").replace("traffic:", `${keys} traffic:`) });
  const running = dev(root, ["-c", "key=very-secret"]);
  const [line] = await running.until(CURL);
  await running.until(/Watching/);
  expect(JSON.parse(await paste(line))).toMatchObject({ model: ["model"] });
  expect(running.text()).not.toMatch(/very-secret|^ {2}key /m);
  expect((await cli(root, ["invoke", "shop", "--data", "{}"])).code).toBe(0);
  expect(await running.stop()).toBe(0);
}, 60_000);
