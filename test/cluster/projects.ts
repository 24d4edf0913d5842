/**
 * The parts of this folder's tests: by what they are called, and which files they are. Of a group the parts run at once, because most of their time is the
 * cluster's, which starts and ends pods; a part's own files follow one another, because they make the same namespaces. What counts lost requests has the
 * machine to itself.
 */
import { AUTOSCALING_PARTS } from "../rig/kubernetes/autoscaling.ts";
import type { Part } from "../rig/kubernetes/place.ts";

const LANES = {
  load: ["no-loss"],
  online: ["examples", "rendered", "manifests"],
  jobs: ["batch", "rendered-batch"],
  updates: ["gateways", "keys", "models", "rollout"],
  scaling: ["scaling"],
  pipelines: ["pipelines"],
  policies: ["policies"],
} as const;

export type Lane = keyof typeof LANES | "rest";

/** What some parts need beside the cluster. It takes a while to build, so that they run when one of their files is named. */
export const MORE: Partial<Record<Lane, readonly Part[]>> = { scaling: AUTOSCALING_PARTS, pipelines: ["argo"], policies: ["kube-router"] };

/** `named` are words of the command line, or none. */
export const groupsOf = (named: readonly string[]): readonly (readonly Lane[])[] => {
  const isNamed = (lane: Lane): boolean => filesOf(lane).include.some((path) => named.some((word) => path.includes(word)));
  return [["load"], ["online", "jobs", "updates", "rest"], ...(["scaling", "pipelines", "policies"] as const).filter(isNamed).map((lane) => [lane])];
};

export const lanes: readonly Lane[] = [...(Object.keys(LANES) as (keyof typeof LANES)[]), "rest"];

const file = (name: string): string => `test/cluster/${name}.test.ts`;

/** What vitest is to include, and what not. */
export const filesOf = (lane: Lane): { readonly include: string[]; readonly exclude: string[] } =>
  lane === "rest" ? { include: [file("*")], exclude: Object.values(LANES).flat().map(file) } : { include: LANES[lane].map(file), exclude: [] };
