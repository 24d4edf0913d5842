/** Deployments of templates. Deleting one removes the record of it, and undoes nothing. */
import { isObject, type Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { refuse } from "../refusal.ts";
import { outputsOf, stepsOf } from "../template.ts";
import { keyOf, running, type Stored } from "../world.ts";

const put = ({ body, place, world }: Asked): Accepted => {
  const properties: Body = isObject(body["properties"]) ? body["properties"] : {};
  if (properties["mode"] !== "Incremental") refuse("armParameters", `Only Incremental is simulated, got '${properties["mode"]}'.`, "InvalidTemplate");
  if (running(world).some(({ resource }) => resource === keyOf(place.path)))
    refuse("armActive", `Unable to edit or replace deployment '${place.parts["name"]}': previous deployment is still active.`, "DeploymentActive", 409);
  const group = `/subscriptions/${place.parts["subscription"]}/resourceGroups/${place.parts["resourceGroup"]}`;
  const steps = stepsOf(properties, group);
  return { body: { ...body, properties: withoutTemplate(properties, steps.map(({ path }) => path)) }, steps, outputs: outputsOf(properties) };
};

/** A read shows parameters, never the template. */
const withoutTemplate = ({ template: _template, parameters, ...properties }: Body, outputs: readonly string[]): Body => ({
  ...properties,
  parameters: Object.fromEntries(Object.entries((parameters ?? {}) as Body).map(([name, { value }]) => [name, { type: typeName(value), value }])),
  outputResources: outputs.map((id) => ({ id })),
});

const typeName = (value: unknown): string => (Array.isArray(value) ? "Array" : { string: "String", number: "Int", boolean: "Bool" }[typeof value as string]) ?? "Object";

const show = ({ state }: Stored, body: Body): Body => ({ ...body, properties: { ...body["properties"], provisioningState: state } });

export const armDeployment: Kind = { type: "Microsoft.Resources/deployments", slow: true, serial: false, put, show };
