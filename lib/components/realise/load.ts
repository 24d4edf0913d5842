/** Loads a provider's SDK when its target is used, by sub-path, so that importing this package loads none. */
import { createRequire } from "node:module";
import type * as pulumi from "@pulumi/pulumi";
import type { Make } from "./plan.ts";

/** A class of a provider's SDK. */
type ResourceClass = new (name: string, args: object, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Where a type token's class is: module and export. */
export type Classes = Readonly<Record<string, readonly [module: string, name: string]>>;

const require = createRequire(import.meta.url);

/** Makes resources of the classes in a table. */
export const makeFrom = (target: string, classes: Classes): Make => (type, logicalName, args, opts) => {
  const [module, name] = classes[type] ?? missingClass(type);
  const found = load(target, module)[name] as ResourceClass;
  return new found(logicalName, args, opts);
};

const load = (target: string, module: string): Record<string, unknown> => {
  try {
    return require(module) as Record<string, unknown>;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "MODULE_NOT_FOUND") throw error;
    const wanted = module.split("/").slice(0, 2).join("/");
    throw new Error(`${target} needs the package ${wanted}: npm install ${wanted}`, { cause: error });
  }
};

const missingClass = (type: string): never => {
  throw new Error(`no class is known for ${type}`);
};
