/** Versions that a deployment refers to. Only names that were registered here are looked into: a test need not register what a workspace has of old. */
import { isObject, type Body } from "../../json.ts";
import type { Asked } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { below, find } from "../world.ts";

export const checkReferences = (asked: Asked, properties: Body): void => checkIds(asked, references(properties));

/** Only of versions. */
export const checkIds = ({ world }: Asked, all: readonly unknown[]): void => {
  for (const id of all.filter((each) => typeof each === "string")) {
    if (placeOf(id)?.kind !== "version" || find(world, id) !== undefined) continue;
    const container = id.split("/").slice(0, -2).join("/");
    if (below(world, container).length > 0) refuse("reference", `The asset '${id}' does not exist.`, "BadArgument");
  }
};

const references = (properties: Body): readonly string[] => {
  const collections = isObject(properties["dataCollector"]?.["collections"]) ? Object.values(properties["dataCollector"]["collections"]) : [];
  const all: unknown[] = [
    properties["model"],
    properties["environmentId"],
    properties["codeConfiguration"]?.["codeId"],
    ...collections.map((collection) => (isObject(collection) ? collection["dataId"] : undefined)),
  ];
  return all.filter((id): id is string => typeof id === "string");
};
