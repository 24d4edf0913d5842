/** What of the engine that runs the program can be asked for. */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

/** Whether there is one: under mocks nobody reads what a preview says, and it would stand in the output of somebody's unit tests. */
export const isWatched = (): boolean => pulumi.runtime.getEngine() !== undefined;

/** Kinds of hooks, by the SDK's class. */
const HOOKS = {
  ResourceHook: { register: "registerResourceHook", supported: "supportsResourceHooks" },
  ErrorHook: { register: "registerErrorHook", supported: "supportsErrorHooks" },
} as const;

/** Whether the engine calls hooks of that kind. Mocks say that they do, and cannot; an older SDK has none, and an older CLI says that it knows none. */
export const callsHooks = (kind: keyof typeof HOOKS): boolean => {
  const monitor = pulumi.runtime.getMonitor();
  const { register, supported } = HOOKS[kind];
  if (monitor === undefined || !(kind in pulumi) || !(register in monitor)) return false;
  const { getStore } = createRequire(import.meta.url)("@pulumi/pulumi/runtime/state.js") as { getStore(): Readonly<Record<string, unknown>> };
  return getStore()[supported] === true;
};
