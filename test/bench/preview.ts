/**
 * What a preview takes, by the number of deployments and of endpoints, and how much of it is this library's: loading it, parsing, reading files, checking
 * and compiling. Of Azure with the real engine and the simulated azure-native where the engine can be had, else under mocks; of Kubernetes under mocks,
 * because its provider has every object tried by an API server: `test/cluster/many.test.ts` measures that.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as reading from "../../lib/assets/read.ts";
import type * as compiling from "../../lib/cli/compile.ts";
import type * as library from "../../lib/index.ts";
import type * as parsing from "../../lib/model/parse.ts";

const ROUNDS = 3;
const AIM = 5;

type On = "azure" | "kubernetes";

interface Size {
  readonly endpoints: number;
  readonly deployments: number;
}

const SIZES: readonly Size[] = [
  { endpoints: 1, deployments: 1 },
  { endpoints: 1, deployments: 5 },
  { endpoints: 1, deployments: 20 },
  { endpoints: 20, deployments: 1 },
  { endpoints: 50, deployments: 1 },
];

const script = fileURLToPath(import.meta.url);
const top = fileURLToPath(new URL("../..", import.meta.url));
const model = `${top}examples/quickstart/models/blue.onnx`;

const CLUSTER_SIZES: readonly Size[] = [
  { endpoints: 1, deployments: 1 },
  { endpoints: 1, deployments: 20 },
  { endpoints: 50, deployments: 1 },
];

const azure = { resourceGroupName: "group", workspaceName: "workspace", location: "westeurope", storage: { accountName: "account", containerName: "models" }, scoringImage: "scoring:1" };
const gateway = { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } as const;
const cluster = { namespace: "models", gateway, scoringImage: "scoring:1" };
const deployment = { model: { path: model }, instanceCount: 3, azure: { instanceType: "Standard_DS3_v2" } };
const namesOf = (what: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${what}-${i + 1}`);
const argsOf = ({ deployments }: Size) => ({ kind: "online", deployments: Object.fromEntries(namesOf("model", deployments).map((name) => [name, deployment])), traffic: { "model-1": 100 } });

/** Milliseconds on the clock, and of processor time, which says the same when the machine has other things to do. */
interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

/** Measures and gives lines to print. */
export async function benchPreview(): Promise<string[]> {
  const cli = findEngine();
  const rows = SIZES.map((size) => row(size, "azure", () => (cli === undefined ? child("mocks", "azure", size) : withEngine(cli, size))));
  const clusterRows = CLUSTER_SIZES.map((size) => row(size, "kubernetes", () => child("mocks", "kubernetes", size)));
  const where = cli === undefined ? "under mocks, because there is no engine: test/rig/pulumi says why" : "the real engine, and the simulated azure-native";
  return [
    `preview: median of ${ROUNDS}, ${where}; cpu: least processor time of all processes (aim: linear, and the library's own share of it under ${AIM} %)`,
    `  ${"".padEnd(31)}${["preview", "cpu", "our own cpu"].map((title) => title.padStart(13)).join("")}${"share".padStart(9)}`,
    ...rows.map(shown),
    `  each further deployment takes ${growth(rows, 0, 1)} ms of processor time from 1 to 5, ${growth(rows, 1, 2)} ms from 5 to 20`,
    "  of Kubernetes under mocks, without the engine and what the provider asks the cluster:",
    ...clusterRows.map(shown),
  ];
}

interface Row {
  readonly size: Size;
  readonly whole: Taken;
  readonly own: Taken;
}

const row = (size: Size, on: On, preview: () => Taken): Row => ({ size, whole: typical(preview), own: typical(() => child("own", on, size)) });

const shown = ({ own, size, whole }: Row): string =>
  `  ${label(size).padEnd(31)}${milliseconds(whole.wall)}${milliseconds(whole.cpu)}${milliseconds(own.cpu)}${`${((100 * own.cpu) / whole.cpu).toFixed(1)} %`.padStart(9)}`;

const growth = (rows: readonly Row[], from: number, to: number): string => {
  const [less, more] = [rows[from], rows[to]];
  return less === undefined || more === undefined ? "?" : ((more.whole.cpu - less.whole.cpu) / (more.size.deployments - less.size.deployments)).toFixed(0);
};

const label = ({ deployments, endpoints }: Size): string => `${count(endpoints, "endpoint")}, ${count(deployments, "deployment")}${endpoints === 1 ? "" : " each"}`;
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
const milliseconds = (value: number): string => `${value.toFixed(0)} ms`.padStart(13);

/** The median of the clock, and the least processor time: others that run only add to it. */
const typical = (measure: () => Taken): Taken => {
  const taken = Array.from({ length: ROUNDS }, measure);
  const sorted = (key: keyof Taken): readonly number[] => taken.map((each) => each[key]).toSorted((a, b) => a - b);
  return { wall: sorted("wall")[Math.floor(ROUNDS / 2)] ?? 0, cpu: sorted("cpu")[0] ?? 0 };
};

/** The folder of the CLI, or nothing where it is not there and cannot be built. */
const findEngine = (): string | undefined => {
  const { status, stdout } = spawnSync(`${top}test/rig/pulumi`, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return status === 0 ? stdout.trim() : undefined;
};

/** A figure that a fresh process prints: everything is cold, as in a preview. */
const child = (what: "mocks" | "own", on: On, { deployments, endpoints }: Size): Taken =>
  JSON.parse(execFileSync(process.execPath, [script, what, on, String(endpoints), String(deployments)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as Taken;

/** `pulumi preview`, from a project that lies beside its packages. The shell counts what the CLI's processes took. */
const withEngine = (cli: string, size: Size): Taken => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const project = join(folder, "project");
  try {
    makeProject(folder, project, size);
    const env = environment(folder, cli);
    execFileSync(join(cli, "pulumi"), ["stack", "init", "bench", "--non-interactive"], { cwd: project, env, stdio: ["ignore", "ignore", "pipe"] });
    const begin = performance.now();
    const { status, stderr } = spawnSync("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', "bash", join(cli, "pulumi"), "preview", "--stack", "bench", "--non-interactive"], { cwd: project, env, encoding: "utf8" });
    if (status !== 0) throw new Error("the preview failed");
    const [user = 0, system = 0] = stderr.trim().split(" ").map(Number);
    return { wall: performance.now() - begin, cpu: 1000 * (user + system) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const makeProject = (folder: string, project: string, size: Size): void => {
  for (const made of ["backend", "home", "node_modules", "project", "service"]) mkdirSync(join(folder, made));
  symlinkSync(top, join(folder, "node_modules", "inference-endpoints"));
  symlinkSync(`${top}node_modules/@pulumi`, join(folder, "node_modules", "@pulumi"));
  const declared = { names: namesOf("endpoint", size.endpoints), args: argsOf(size), target: azure };
  const program = `import { azureMl, Endpoint } from "inference-endpoints";
const { args, names, target } = ${JSON.stringify(declared)};
for (const name of names) new Endpoint(name, { ...args, target: azureMl(target) });
`;
  writeFileSync(join(project, "index.js"), program);
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify({ name: "bench", runtime: { name: "nodejs", options: { typescript: false } }, main: "index.js" }));
};

const environment = (folder: string, cli: string): NodeJS.ProcessEnv => ({
  PATH: [cli, `${top}test/rig/azure`, `${top}node_modules/.bin`, process.env["PATH"]].join(":"),
  HOME: folder,
  PULUMI_HOME: join(folder, "home"),
  PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
  PULUMI_CONFIG_PASSPHRASE: "bench",
  PULUMI_SKIP_UPDATE_CHECK: "1",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  AZURE_SERVICE: join(folder, "service"),
});

/** In a fresh process: the whole program under mocks, imports and all. */
const measureMocks = async (on: On, size: Size): Promise<void> => {
  const pulumi = await import("@pulumi/pulumi");
  await pulumi.runtime.setMocks({ newResource: ({ inputs, name }) => ({ id: name, state: inputs as object }), call: () => ({}) }, "bench", "bench", true, "bench");
  const { azureMl, Endpoint, kubernetes } = (await import(`${top}dist/index.js`)) as typeof library;
  const target = on === "azure" ? azureMl(azure) : kubernetes(cluster);
  for (const name of namesOf("endpoint", size.endpoints)) void new Endpoint(name, { ...(argsOf(size) as object), target } as never);
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
};

/** In a fresh process: what is ours, without the engine and the SDK; the modules of it and of what it needs besides have to be loaded too. */
const measureOwn = async (on: On, size: Size): Promise<void> => {
  const { parseEndpoint } = (await import(`${top}dist/model/parse.js`)) as typeof parsing;
  const { readAssets } = (await import(`${top}dist/assets/read.js`)) as typeof reading;
  const { compile } = (await import(`${top}dist/cli/compile.js`)) as typeof compiling;
  const target = on === "azure" ? { ...azure, type: "azureMl" } : { ...cluster, type: "kubernetes" };
  const naming = { stack: "a/b/c", sha256: (text: string) => createHash("sha256").update(text).digest("hex") };
  for (const name of namesOf("endpoint", size.endpoints)) {
    const { endpoint } = parseEndpoint<string>(name, { ...argsOf(size), target }, naming);
    const { assets, problems } = readAssets(endpoint, "content");
    compile(endpoint, on, assets, problems);
  }
};

const [what, on, endpoints, deployments] = process.argv.slice(2);
if (process.argv[1] === script && what !== undefined) {
  const size = { endpoints: Number(endpoints), deployments: Number(deployments) };
  const [begin, before] = [performance.now(), process.cpuUsage()];
  await (what === "mocks" ? measureMocks : measureOwn)(on as On, size);
  const { system, user } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ wall: performance.now() - begin, cpu: (user + system) / 1000 } satisfies Taken));
  process.exit(0);
}
