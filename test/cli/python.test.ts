import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { condaAsPip } from "../../lib/cli/conda.ts";
import { choosePython, explainMissing } from "../../lib/cli/python.ts";
import { pythonIn } from "../../lib/cli/requirements.ts";
import { environmentOf } from "../../lib/cli/venv.ts";
import { runCommand } from "../../lib/cli/run-command.ts";
import { parsed } from "../model/declare.ts";
import { python } from "../python.ts";
import { folder, write } from "./support.ts";

/** Without conda, whatever the machine has. */
const tools = (root: string, said: string[] = []) => ({ env: { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: root }, say: (line: string) => void said.push(line) });

const { livenessProbe: liveness, readinessProbe: readiness } = parsed().deployments["blue"]!;
const deployment = (more: object = {}) => ({ name: "blue", serve: { entryScript: "score.py" }, needsPython: true, environment: {}, secrets: [], probes: { liveness, readiness }, filesHash: "-", ...more });

test("an environment is made once for equal files, twice at once too, and anew for other files", async () => {
  const root = folder();
  write(root, "a/requirements.txt", "six==1.17.0\n");
  write(root, "b/requirements.txt", "six==1.17.0\n");
  write(root, "c/requirements.txt", "# nothing\n");
  const said: string[] = [];
  const [a, b] = await Promise.all(["a", "b"].map((name) => environmentOf({ requirements: join(root, name, "requirements.txt") }, tools(root, said))));
  expect(a).toBe(b);
  expect(said.filter((line) => line.startsWith("making"))).toHaveLength(1);
  expect((await runCommand(a!, ["-c", "import six; print(six.__version__)"])).trim()).toBe("1.17.0");
  const made = statSync(a!).ctimeMs;
  expect(await environmentOf({ requirements: join(root, "a/requirements.txt") }, tools(root))).toBe(a);
  expect(statSync(a!).ctimeMs).toBe(made);
  expect(await environmentOf({ requirements: join(root, "c/requirements.txt") }, tools(root))).not.toBe(a);
}, 120_000);

test("what pip says of a package that does not exist is shown, and nothing is left behind", async () => {
  const root = folder();
  write(root, "requirements.txt", "./no-such-package\n");
  const made = environmentOf({ requirements: join(root, "requirements.txt") }, tools(root));
  await expect(made).rejects.toThrow(/requirements\.txt could not be installed[\s\S]*no-such-package/);
  expect(readdirSync(join(root, "inference-endpoints/venv"))).toEqual([]);
}, 60_000);

test("what the server needs itself is there too, unless the file names it, and is part of what an environment is known by", async () => {
  const root = folder();
  write(root, "requirements.txt", "six==1.17.0\n");
  write(root, "named.txt", "-r more.txt\n");
  write(root, "more.txt", "inference_schema==1.7.2  # of ours\n");
  write(root, "conda.yaml", "dependencies: [{ pip: [six==1.17.0] }]\n");
  const also = ["inference-schema~=1.8"];
  const version = async (python: string): Promise<string> => (await runCommand(python, ["-c", "from importlib.metadata import version; import inference_schema; print(version('inference-schema'))"])).trim();
  const [served, conda, named, plain] = await Promise.all([
    environmentOf({ requirements: join(root, "requirements.txt"), also }, tools(root)),
    environmentOf({ condaFile: join(root, "conda.yaml"), also }, tools(root)),
    environmentOf({ requirements: join(root, "named.txt"), also }, tools(root)),
    environmentOf({ requirements: join(root, "requirements.txt") }, tools(root)),
  ]);
  expect(await version(served)).toMatch(/^1\.(?:[89]|\d\d)/);
  expect(await version(conda)).toMatch(/^1\.(?:[89]|\d\d)/);
  expect(await version(named)).toMatch(/^1\.7/);
  expect(plain).not.toBe(served);
}, 240_000);

test("the Python that an MLflow model notes is used where it runs; else it is said which one is", async () => {
  const root = folder();
  write(root, "requirements.txt", "# nothing\n");
  write(root, "python_env.yaml", "python: 2.10\ndependencies: [-r requirements.txt]\n");
  write(root, "bin/python2.10", "");
  const said: string[] = [];
  const { env, say } = tools(root, said);
  await environmentOf({ requirements: join(root, "requirements.txt"), pythonFile: join(root, "python_env.yaml") }, { say, env: { ...env, PATH: `${root}/bin:${env.PATH}` } });
  expect(said).toContainEqual(expect.stringMatching(/python_env\.yaml asks for Python 2\.10; there is no python2\.10 here, so Python 3\.\S+ is used$/));
}, 60_000);

test("the Python of a model is that of its python_env.yaml, or of its conda file", () => {
  const root = folder();
  write(root, "python_env.yaml", "python: 3.10\nbuild_dependencies:\n- pip==23.2.1\n");
  write(root, "conda.yaml", "channels: [conda-forge]\ndependencies: [python=3.11.7, pip]\n");
  write(root, "none/python_env.yaml", "dependencies: [-r requirements.txt]\n");
  expect(["python_env.yaml", "conda.yaml", "none/python_env.yaml"].map((name) => pythonIn(join(root, name)))).toEqual(["3.10", "3.11", undefined]);
});

test("a conda file without conda: versions as conda means them", () => {
  const root = folder();
  write(root, "conda.yaml", "dependencies:\n  - python=3.11\n  - conda-forge::numpy=1.26\n  - scikit-learn>=1.4\n  - joblib==1.5.2\n  - pip\n  - pip:\n      - azureml-defaults\n");
  expect(condaAsPip(join(root, "conda.yaml"))).toEqual({
    python: "3.11",
    requirements: ["numpy==1.26.*", "scikit-learn>=1.4", "joblib==1.5.2", "azureml-defaults"],
    translated: ["numpy", "scikit-learn", "joblib"],
  });
});

test("which Python: named, else .venv beside the program, else python3; none for a deployment that needs none", async () => {
  const root = folder();
  const options = { ...tools(root), programFolder: root };
  expect(await choosePython({ ...deployment(), needsPython: false }, options)).toBeUndefined();
  expect(await choosePython(deployment(), options)).toMatchObject({ interpreter: "python3" });
  write(root, ".venv/bin/python", "");
  expect(await choosePython(deployment(), options)).toMatchObject({ interpreter: join(root, ".venv/bin/python") });
  expect(await choosePython(deployment(), { ...options, python })).toMatchObject({ interpreter: python });
  await expect(choosePython(deployment(), { ...options, python: "/nowhere/python" })).rejects.toThrow('--python: "/nowhere/python" cannot be run as Python');
  expect(existsSync(join(root, "inference-endpoints"))).toBe(false);
});

test("a missing package is named with the file to add it to", () => {
  const reason = "score.py: ModuleNotFoundError: No module named 'sklearn.linear_model'";
  expect(explainMissing(reason, { interpreter: "p", addTo: "/x/requirements.txt" })).toBe('the Python package of module "sklearn" is not installed; add it to /x/requirements.txt');
  expect(explainMissing("score.py has no run", { interpreter: "p", addTo: "/x" })).toBeUndefined();
});
