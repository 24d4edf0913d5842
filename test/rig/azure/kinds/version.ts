/** Registered models, code, environments and data: containers, and versions that never change. */
import { equal, isObject, type Body } from "../../json.ts";
import { keep, type Accepted, type Asked, type Kind } from "../kind.ts";
import { refuse } from "../refusal.ts";
import { checkIds } from "./references.ts";
import type { Stored } from "../world.ts";

const FIXED = ["modelUri", "modelType", "codeUri", "dataUri", "dataType", "image", "condaFile", "build", "inferenceConfig", "osType", "componentSpec"];

const put = (asked: Asked): Accepted => {
  const { body, existing, place } = asked;
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  const before: Body = existing?.body["properties"] ?? properties;
  const changed = FIXED.filter((key) => !equal(properties[key], before[key]));
  const { name, version } = place.parts;
  if (changed.length > 0)
    refuse("versionChanged", `Version '${version}' of '${name}' is registered and cannot be changed: ${changed.join(", ")}. Register another version.`, "UserError", 409);
  if (properties["componentSpec"] !== undefined) checkComponent(asked, properties["componentSpec"]);
  return { body: { ...body, properties } };
};

const NAME = /^[a-z][a-z0-9_]*$/;

/** What Microsoft's client refuses before it asks, and references that lead nowhere. */
const checkComponent = (asked: Asked, spec: Body): void => {
  const { name, version } = asked.place.parts;
  if (!NAME.test(name ?? "") || spec["name"] !== name || spec["version"] !== version) refuse("componentName", `A component is named by lower-case letters, digits and underscores, in its specification as in its path: '${name}' version '${version}', '${spec["name"]}' version '${spec["version"]}'.`);
  const jobs: readonly Body[] = Object.values((spec["jobs"] ?? {}) as Record<string, Body>);
  const parts = [spec["code"], spec["environment"], spec["task"]?.["code"], spec["task"]?.["environment"]];
  if (parts.some((id) => id !== undefined && !String(id).startsWith("azureml:/"))) refuse("componentParts", "Code and environment of a component are ids after 'azureml:'.");
  checkIds(asked, [...parts.map((id) => String(id ?? "").replace(/^azureml:/, "")), ...jobs.flatMap((job) => [job["componentId"], ...Object.values((job["inputs"] ?? {}) as Record<string, Body>).map((input) => input["uri"])])]);
  checkPorts(spec, jobs);
};

/** Every output of a pipeline is some step's, and what a step reads of it is there. */
const checkPorts = (spec: Body, jobs: readonly Body[]): void => {
  const text = JSON.stringify(jobs);
  const unwritten = spec["type"] === "pipeline" ? Object.keys((spec["outputs"] ?? {}) as Body).filter((name) => !text.includes(`\${{parent.outputs.${name}}}`)) : [];
  const unknown = [...text.matchAll(/\$\{\{parent\.inputs\.(\w+)\}\}/g)].map((match) => match[1] ?? "").filter((name) => !(name in ((spec["inputs"] ?? {}) as Body)));
  if (unwritten.length + unknown.length > 0) refuse("componentPorts", `Ports that lead nowhere: ${[...unwritten, ...unknown].join(", ")}.`);
};

const show = ({ state }: Stored, body: Body): Body => ({
  ...body,
  properties: { isAnonymous: false, isArchived: false, ...body["properties"], provisioningState: state },
});

const WORKSPACES = "Microsoft.MachineLearningServices/workspaces";

export const version: Kind = { type: `${WORKSPACES}/assets/versions`, slow: false, serial: false, put, show };

export const container: Kind = { type: `${WORKSPACES}/assets`, slow: false, serial: false, put: keep, show };
