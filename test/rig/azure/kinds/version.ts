/** Registered models, code, environments and data: containers, and versions that never change. */
import { equal, isObject, type Body } from "../../json.ts";
import { keep, type Accepted, type Asked, type Kind } from "../kind.ts";
import { refuse } from "../refusal.ts";
import type { Stored } from "../world.ts";

const FIXED = ["modelUri", "modelType", "codeUri", "dataUri", "dataType", "image", "condaFile", "build", "inferenceConfig", "osType"];

const put = ({ body, existing, place }: Asked): Accepted => {
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  const before: Body = existing?.body["properties"] ?? properties;
  const changed = FIXED.filter((key) => !equal(properties[key], before[key]));
  const { name, version } = place.parts;
  if (changed.length > 0)
    refuse("versionChanged", `Version '${version}' of '${name}' is registered and cannot be changed: ${changed.join(", ")}. Register another version.`, "UserError", 409);
  return { body: { ...body, properties } };
};

const show = ({ state }: Stored, body: Body): Body => ({
  ...body,
  properties: { isAnonymous: false, isArchived: false, ...body["properties"], provisioningState: state },
});

const WORKSPACES = "Microsoft.MachineLearningServices/workspaces";

export const version: Kind = { type: `${WORKSPACES}/assets/versions`, slow: false, serial: false, put, show };

export const container: Kind = { type: `${WORKSPACES}/assets`, slow: false, serial: false, put: keep, show };
