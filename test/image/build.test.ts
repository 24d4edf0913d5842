/** `build` with a real Docker: from a program to images that serve it, pushed to a real registry. */
import { expect, test } from "vitest";
import { cli, files, folder, program, project } from "../cli/support.ts";
import { post } from "../scoring/harness.ts";
import { env, serve } from "./container.ts";
import { registry } from "./registry.ts";
import { BUILD_FLAGS } from "./setup.ts";

const SCORE = `import os, pathlib
import tabulate

def init():
    pass

def run(data):
    models = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
    return {"files": [str(file.relative_to(models)) for file in models.rglob("*") if file.is_file()], "text": (models / "model/weights.txt").read_text(), "version": tabulate.__version__, "cwd": os.environ["AML_APP_ROOT"]}
`;

const shop = (): string =>
  project({ ...files, "code/score.py": SCORE, "requirements.txt": "tabulate==0.9.0\n", "index.ts": program("{ DB: 'not here' }").replace("environmentVariables", 'environment: { requirements: "./requirements.txt" }, environmentVariables') });

test("makes an image that serves the deployment with no more than a run, and pushes it", { timeout: 300_000 }, async () => {
  const address = await registry(folder());
  const root = shop();
  const args = ["build", "--bundled", ...BUILD_FLAGS];
  const built = await cli(root, args, env);
  const local = built.out.trim().split(" ")[1] ?? "none";
  expect(built, built.err).toMatchObject({ code: 0, out: expect.stringMatching(/^shop\/blue shop--blue:[0-9a-f]{12}\n$/) });
  const { exec, send } = await serve([], { image: local });
  const reply = await send("/score", post("x"));
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body)).toEqual({ files: ["model/weights.txt"], text: "1", version: "0.9.0", cwd: "/var/azureml-app/code" });
  expect(exec("sh", "-c", "id -u; env")).toMatch(/^10001\n(?![\s\S]*not here)/);

  const pushed = await cli(root, [...args, "--push", "--registry", `${address}/team`], env);
  const [, digest = ""] = /^shop\/blue (\S+@sha256:[0-9a-f]{64})\n$/.exec(pushed.out) ?? [];
  expect(digest, pushed.err).toContain(`${address}/team/shop--blue@`);
  const manifest = await fetch(`http://${address}/v2/team/shop--blue/manifests/${digest.split("@")[1]}`, { headers: { Accept: "application/vnd.docker.distribution.manifest.v2+json" } });
  expect(manifest.status, "the registry knows it by that digest").toBe(200);
});
