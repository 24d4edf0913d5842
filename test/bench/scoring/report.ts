/** The tables and the aims. */
import { pythonVersion } from "./environments.ts";
import type { Result } from "./load.ts";
import type { Cores } from "./process.ts";
import { MODELS, SERVERS, type Model, type Server } from "./servers.ts";

/** One round of one server: times in milliseconds, memory in bytes. */
export interface Figures {
  readonly startMs: number;
  /** At concurrency 1, and at 16. */
  readonly single: Result;
  readonly many: Result;
  /** Processor time of the whole tree per request, at 16. */
  readonly processorMs: number;
  readonly memory: number;
}

export interface Measured {
  readonly server: Server;
  readonly model: Model;
  readonly cores: Cores;
  readonly figures: Figures;
}

/** Medians of a server's rounds. */
interface Row {
  readonly server: Server;
  readonly figures: Figures;
}

type Rows = (cores: Cores, model: Model) => readonly Row[];

const TITLES: Readonly<Record<Model, string>> = {
  echo: "echo (overhead alone)",
  logistic: "scikit-learn LogisticRegression",
  forest: "scikit-learn forest of 100 trees",
};
const PLACES: Readonly<Record<Cores, string>> = { free: "both cores free", pinned: "the server pinned to one core" };
const WIDTHS = [28, 8, 9, 7, 8, 8, 9, 7, 8, 7, 8, 9];

/** Lines to print. `how` says how long and how often was measured. */
export function report(measured: readonly Measured[], missing: ReadonlyMap<string, string>, how: string): string[] {
  const rows: Rows = (cores, model) => SERVERS.flatMap((server) => rowOf(server, measured.filter((each) => each.server === server && each.model === model && each.cores === cores)));
  const tables = (["free", "pinned"] as const).flatMap((cores) => MODELS.flatMap((model) => table(`${TITLES[model]}, ${PLACES[cores]}`, rows(cores, model))));
  return [
    `scoring: one worker each, ${how}; ${pythonVersion()}; every answer checked`,
    "  requests/s at concurrency 1 and 16, their ratio to azmlinfsrv's, p50 and p99 in ms; start: until the first 200 of its health;",
    "  of the whole process tree: cpu, processor time in ms per request at 16, and memory, resident after the load",
    ...tables,
    ...aims(rows),
    ...[...missing].map(([id, why]) => `  not measured: ${id} ${why}`),
  ];
}

function rowOf(server: Server, measured: readonly Measured[]): Row[] {
  if (measured.length === 0) return [];
  const middle = (pick: (figures: Figures) => number): number => median(measured.map(({ figures }) => pick(figures)));
  const result = (pick: (figures: Figures) => Result): Result => ({
    perSecond: middle((figures) => pick(figures).perSecond),
    p50: middle((figures) => pick(figures).p50),
    p99: middle((figures) => pick(figures).p99),
    answered: middle((figures) => pick(figures).answered),
  });
  const [single, many] = [result((figures) => figures.single), result((figures) => figures.many)];
  const rest = { startMs: middle(({ startMs }) => startMs), processorMs: middle(({ processorMs }) => processorMs), memory: middle(({ memory }) => memory) };
  return [{ server, figures: { single, many, ...rest } }];
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

function table(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const base = find(rows, "azmlinfsrv");
  const lines = rows.map(({ server, figures: { startMs, single, many, processorMs, memory } }) => [
    server.name,
    ...cells(single, base?.single),
    ...cells(many, base?.many),
    processorMs.toFixed(2),
    `${(startMs / 1000).toFixed(1)} s`,
    memory === 0 ? "?" : `${Math.round(memory / 2 ** 20)} MB`,
  ]);
  const heads = ["", ...[1, 16].flatMap((connections) => [`at ${connections}`, "ratio", "p50", "p99"]), "cpu", "start", "memory"];
  const aligned = [heads, ...lines].map((line) => `  ${line.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[at]!))).join("")}`);
  return ["", `  ${title}`, ...aligned];
}

const cells = ({ perSecond, p50, p99 }: Result, base: Result | undefined): string[] => [
  whole(perSecond),
  base === undefined ? "?" : `${(perSecond / base.perSecond).toFixed(2)} x`,
  p50.toFixed(2),
  p99.toFixed(2),
];

const find = (rows: readonly Row[], id: string): Figures | undefined => rows.find(({ server }) => server.id === id)?.figures;
const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** What issue 4 asks for. An aim that was not measured says so: it is not met. */
function aims(rows: Rows): string[] {
  const free = (model: Model, id: string): Figures | undefined => find(rows("free", model), id);
  const times = (model: Model, id: string): number => (free(model, id)?.many.perSecond ?? Number.NaN) / (free(model, "azmlinfsrv")?.many.perSecond ?? Number.NaN);
  const atLeast = (what: string, value: number, aim: number): string[] => verdict(`${what} at 16`, `${value.toFixed(2)} x azmlinfsrv`, `at least ${aim} x`, value, value >= aim);
  const half = (free("echo", "ours")?.single.p50 ?? Number.NaN) / (free("echo", "azmlinfsrv")?.single.p50 ?? Number.NaN);
  const onnx = find(rows("pinned", "logistic"), "ours-onnx")?.many.perSecond ?? Number.NaN;
  const lines = [
    ...atLeast("echo", times("echo", "ours"), 5),
    ...verdict("echo, p50 at 1", `${half.toFixed(2)} of azmlinfsrv's`, "at most 0.5", half, half <= 0.5),
    ...atLeast("LogisticRegression", times("logistic", "ours"), 2.5),
    ...atLeast("LogisticRegression, micro-batching", times("logistic", "ours-batch"), 5),
    ...atLeast("forest, micro-batching", times("forest", "ours-batch"), 10),
    ...verdict("ONNX in Node, pinned to one core, at 16", `${whole(onnx)} requests/s`, "at least 8,000", onnx, onnx >= 8000),
    ...ahead(rows),
    ...(["echo", "logistic"] as const).flatMap((model) => keepAlive(model, times(model, "ours"), times(model, "ours-close"))),
  ];
  return ["", "  aims, both cores free where nothing else is said", ...lines];
}

const verdict = (what: string, got: string, aim: string, value: number, met: boolean): string[] => [
  Number.isNaN(value) ? `  ?      ${what}: not measured (aim: ${aim})` : `  ${met ? "met   " : "MISSED"} ${what}: ${got} (aim: ${aim})`,
];

/** Ours against each other server: what batches against what batches, too. */
function ahead(rows: Rows): string[] {
  const losses = MODELS.flatMap((model) => {
    const all = rows("free", model);
    return [false, true].flatMap((batches) => {
      const our = find(all, batches ? "ours-batch" : "ours");
      const others = all.filter(({ server }) => isPeer(server) && (server.batches === true) === batches);
      return our === undefined ? [] : others.flatMap((other) => lost(`${model}${batches ? ", batching" : ""}`, our, other));
    });
  });
  const others = new Set(MODELS.flatMap((model) => (find(rows("free", model), "ours") === undefined ? [] : rows("free", model).filter(({ server }) => isPeer(server)).map(({ server }) => server.id))));
  if (others.size === 0) return ["  ?      throughput and p99 ahead of every other server, at 1 and 16: not measured"];
  return [`  ${losses.length === 0 ? "met   " : "MISSED"} throughput and p99 ahead of ${[...others].join(", ")}, at 1 and 16${losses.length === 0 ? "" : ":"}`, ...losses];
}

const isPeer = ({ id }: Server): boolean => !id.startsWith("ours");

function lost(where: string, our: Figures, { server, figures }: Row): string[] {
  return (["single", "many"] as const).flatMap((at) => {
    const [mine, theirs] = [our[at], figures[at]];
    const found = [
      ...(theirs.perSecond > mine.perSecond ? [`${whole(theirs.perSecond)} requests/s, ours ${whole(mine.perSecond)}`] : []),
      ...(theirs.p99 < mine.p99 ? [`p99 ${theirs.p99.toFixed(2)} ms, ours ${mine.p99.toFixed(2)}`] : []),
    ];
    return found.length === 0 ? [] : [`         ${where}, at ${at === "single" ? 1 : 16}: ${server.name} ${found.join("; ")}`];
  });
}

function keepAlive(model: Model, kept: number, closed: number): string[] {
  if (Number.isNaN(kept) || Number.isNaN(closed)) return [];
  return [`  keep-alive, ${model} at 16: ours is ${kept.toFixed(2)} x azmlinfsrv, and ${closed.toFixed(2)} x with Connection: close, which azmlinfsrv always does: keep-alive is a factor of ${(kept / closed).toFixed(2)}`];
}
