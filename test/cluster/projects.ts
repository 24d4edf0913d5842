/**
 * The parts of this folder's tests: by what they are called, and which files they are. Of a group the parts run at once, because most of their time is the
 * cluster's, which starts and ends pods; a part's own files follow one another, because they make the same namespaces. What counts lost requests has the
 * machine to itself; what waits for autoscalers does so too, and comes last, because they are built last.
 */
const LANES = { load: ["no-loss"], scaling: ["scaling"], online: ["examples", "rendered", "manifests"], jobs: ["batch", "rendered-batch"] } as const;

export type Lane = keyof typeof LANES | "rest";
export const GROUPS: readonly (readonly Lane[])[] = [["load"], ["online", "jobs", "rest"], ["scaling"]];

const file = (name: string): string => `test/cluster/${name}.test.ts`;

/** What vitest is to include, and what not. */
export const filesOf = (lane: Lane): { readonly include: string[]; readonly exclude: string[] } =>
  lane === "rest" ? { include: [file("*")], exclude: Object.values(LANES).flat().map(file) } : { include: LANES[lane].map(file), exclude: [] };
