/** `dev` with scripts that write, with programs that clash, and with its end in the middle of a reload. */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cli, dev, files, program, project, sameName, write } from "./support.ts";

test("two endpoints of one name are refused with both and with the way out", async () => {
  const { code, err } = await cli(project({ ...files, "index.ts": sameName() }), ["dev", "--port", "0"]);
  expect(code).toBe(1);
  expect(err).toContain('endpoints "shop" and "copy" have one name here, "shop"');
  expect(err).toContain("name");
});

test("two endpoints whose containers want one port of this machine are refused with both and with the way out", async () => {
  const route = '{ path: "/", port: 8080 }';
  const environment = `{ image: "own:1", inferenceConfig: { scoringRoute: ${route}, readinessRoute: ${route}, livenessRoute: ${route} } }`;
  const both = (command: string): string =>
    sameName().replace('kind: "online", name: "shop",', 'kind: "online",').replaceAll(/blue: \{ model: .*? environmentVariables: \{\} \}/g, `blue: { environment: ${environment}, local: { command: ["${command}"] } }`);
  const { code, err } = await cli(project({ ...files, "index.ts": both("serve") }), ["dev", "--port", "0"]);
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("copy/blue: local.command: port 8080 of this machine is shop/blue's too: write {port} where the command says its port") });
});

const run = promisify(execFile);

const writer = (file: string, answer = "1"): string =>
  `def init():\n    with open("${file}", "a") as f:\n        f.write("x")\n    print("begun", "${answer}", flush=True)\n\ndef run(data):\n    with open("${file}", "a") as f:\n        f.write("x")\n    return "${answer}"\n`;

test("a script that writes beside itself does not reload for it, before and after a change of its own", async () => {
  const root = project({ ...files, "code/score.py": writer("new.log"), "index.ts": program("{}") });
  const running = dev(root);
  const [line] = await running.until(/^curl .*$/m);
  await running.until(/Watching/);
  const edit = async (answer: string): Promise<void> => {
    running.clear();
    write(root, "code/score.py", writer("new.log", answer));
    await running.until(/reloaded in/);
  };
  await edit("2");
  running.clear();
  expect((await run("sh", ["-c", line])).stdout).toBe('"2"');
  // Nothing is to happen, and that has no event: reading the program takes a second.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(running.text()).not.toContain("begun");
  await edit("3");
  expect(running.text().match(/begun/g)).toHaveLength(1);
  expect(await running.stop()).toBe(0);
}, 60_000);

test("a script that appends to a file of its folder is named, and ends reloading", async () => {
  const root = project({ ...files, "code/old.log": "", "code/score.py": writer("old.log"), "index.ts": program("{}") });
  const running = dev(root);
  await running.until(/old\.log changes whenever its deployment starts/);
  running.clear();
  write(root, "code/score.py", writer("old.log", "2"));
  await running.until(/begun 2/);
  await running.until(/reloaded in/);
  expect(running.text()).not.toContain("old.log changes");
  expect(await running.stop()).toBe(0);
}, 180_000);

test("a reload that is under way when dev ends leaves no note behind", async () => {
  const root = project({ ...files, "index.ts": program("{}") });
  const running = dev(root);
  await running.until(/Watching/);
  expect(globSync(".state/**/running-*.json", { cwd: root })).toHaveLength(1);
  write(root, "code/score.py", 'import signal\n\ndef init():\n    print("waits for ever", flush=True)\n    signal.pause()\n\ndef run(data):\n    return 1\n');
  await running.until(/waits for ever/);
  expect(await running.stop()).toBe(0);
  expect(globSync(".state/**/running-*.json", { cwd: root })).toEqual([]);
}, 60_000);
