/** Compute clusters. */
import { equal, isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { checkLocation } from "../names.ts";
import { refuse } from "../refusal.ts";
import type { Stored } from "../world.ts";

const NAME = /^[A-Za-z](?![A-Za-z0-9-]*-\d+$)[A-Za-z0-9-]{2,23}$/;
/** What nodes are. */
const NODES = ["vmSize", "vmPriority", "subnet", "enableNodePublicIp"];

const put = ({ body, control, existing, place }: Asked): Accepted => {
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  const nodes: Body = isObject(properties["properties"]) ? properties["properties"] : {};
  const name = place.parts["name"] ?? "";
  checkLocation(body["location"], control.workspaces[place.parts["workspace"] ?? ""]?.location);
  if (!NAME.test(name)) refuse("computeName", `Compute name '${name}' is invalid.`);
  const { maxNodeCount = 0, minNodeCount = 0 } = (nodes["scaleSettings"] ?? {}) as Body;
  if (typeof nodes["vmSize"] !== "string" || !(minNodeCount >= 0 && maxNodeCount >= minNodeCount && maxNodeCount >= 1)) refuse("computeNodes", "A cluster needs a size of its nodes, and a range of them.");
  const before: Body = existing?.body["properties"]["properties"] ?? nodes;
  const changed = NODES.filter((key) => !equal(before[key], nodes[key]));
  if (changed.length > 0) refuse("computeNodes", `The nodes of compute '${name}' cannot be changed: ${changed.join(", ")}.`);
  return { body: { ...body, properties } };
};

const show = ({ state }: Stored, { properties, ...envelope }: Body): Body => ({ ...envelope, properties: { ...properties, provisioningState: state } });

export const compute: Kind = { type: "Microsoft.MachineLearningServices/workspaces/computes", slow: true, serial: false, put, show };
