/** What a program waits for until its first endpoint is declared, in fresh processes, beside what `@pulumi/pulumi` alone takes. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as library from "../../lib/index.ts";

const ROUNDS = 7;
const KINDS = ["pulumi", "kubernetes", "azure"] as const;
type Kind = (typeof KINDS)[number];

const LABELS: Readonly<Record<Kind, string>> = {
  pulumi: "@pulumi/pulumi alone",
  kubernetes: "with an endpoint on Kubernetes",
  azure: "with an endpoint on Azure ML",
};

/** Times of one process, in milliseconds. */
interface Times {
  readonly imported: number;
  readonly declared: number;
}

const script = fileURLToPath(import.meta.url);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Measures and gives lines to print. The kinds take turns, so that a busy moment hits all. */
export async function benchImport(): Promise<string[]> {
  const times: Record<Kind, Times[]> = { pulumi: [], kubernetes: [], azure: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const kind of KINDS) times[kind].push(JSON.parse(execFileSync(process.execPath, [script, kind], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as Times);
  const rows = KINDS.map((kind) => {
    const [imported, declared] = [median(times[kind].map((each) => each.imported)), median(times[kind].map((each) => each.declared))];
    return `  ${LABELS[kind].padEnd(34)}${whole(imported)}${kind === "pulumi" ? "" : whole(declared)}`;
  });
  return [`import: medians of ${ROUNDS} fresh processes (aim: an endpoint declared in under 1,200 ms)`, `  ${"".padEnd(34)}${"imported".padStart(12)}${"declared".padStart(12)}`, ...rows];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const whole = (value: number): string => `${Math.round(value)} ms`.padStart(12);

/** One process: imports, and declares an endpoint whose children are made with the target's SDK. */
async function once(kind: Kind): Promise<Times> {
  const begin = performance.now();
  if (kind === "pulumi") await import("@pulumi/pulumi");
  const ours = kind === "pulumi" ? undefined : ((await import(new URL("../../dist/index.js", import.meta.url).href)) as typeof library);
  const imported = performance.now() - begin;
  if (ours !== undefined) await declare(ours, kind);
  return { imported, declared: performance.now() - begin };
}

async function declare({ azureMl, Endpoint, kubernetes }: typeof library, kind: Kind): Promise<void> {
  const { runtime } = await import("@pulumi/pulumi");
  await runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) }, "bench", "bench", true, "bench");
  const scoringImage = "registry.example.com/scoring:1";
  const storage = { accountName: "account", containerName: "models" };
  const target =
    kind === "azure"
      ? azureMl({ resourceGroupName: "group", workspaceName: "workspace", location: "westeurope", storage, scoringImage })
      : kubernetes({ namespace: "ml", scoringImage, gateway: { name: "public", namespace: "gateways", implementation: "envoy-gateway", url: "https://models.example.com" } });
  const blue = { model: { path: here("../../examples/quickstart/models/blue.onnx") }, azure: { instanceType: "Standard_DS3_v2" } };
  void new Endpoint("credit", { kind: "online", target, deployments: { blue }, traffic: { blue: 100 } });
}

const asked = KINDS.find((kind) => kind === process.argv[2]);
if (process.argv[1] === script && asked !== undefined) process.stdout.write(JSON.stringify(await once(asked)));
