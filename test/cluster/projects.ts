/**
 * The parts of this folder's tests: by what they are called, and which files they are. Of a group the parts run at once, because most of their time is the
 * cluster's, which starts and ends pods; a part's own files follow one another, because they make the same namespaces. What counts lost requests has the
 * machine to itself.
 */
const LANES = { load: ["no-loss"], online: ["examples", "rendered", "manifests"], jobs: ["batch", "rendered-batch", "pipelines"] } as const;

export type Lane = keyof typeof LANES | "rest";
export const GROUPS: readonly (readonly Lane[])[] = [["load"], ["online", "jobs", "rest"]];

const file = (name: string): string => `test/cluster/${name}.test.ts`;

/** What needs more than the cluster, and is run when it is asked for. */
const ASKED: Readonly<Record<string, string>> = { pipelines: "RIG_PIPELINES" };

const wanted = (name: string): boolean => {
  const variable = ASKED[name];
  return variable === undefined || process.env[variable] === "1";
};

/** What vitest is to include, and what not. */
export const filesOf = (lane: Lane): { readonly include: string[]; readonly exclude: string[] } =>
  lane === "rest" ? { include: [file("*")], exclude: Object.values(LANES).flat().map(file) } : { include: LANES[lane].filter(wanted).map(file), exclude: [] };
