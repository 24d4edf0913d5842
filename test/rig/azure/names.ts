/** Names and places, as Azure Machine Learning takes them. */
import type { Asked } from "./kind.ts";
import { lastOf, placeOf } from "./paths.ts";
import { refuse } from "./refusal.ts";
import { keyOf } from "./world.ts";

const NAME = /^[A-Za-z](?:-?[A-Za-z0-9])*$/;

export const checkName = (what: string, name: string): void => {
  if (NAME.test(name) && name.length >= 3 && name.length <= 32) return;
  refuse("name", `${what} name '${name}' is invalid. It must have 3 to 32 letters, digits and single dashes, and begin with a letter.`);
};

const ENDPOINTS: readonly (string | undefined)[] = ["onlineEndpoint", "batchEndpoint"];

/** Endpoints of either kind have one name space: it is a label of a host. */
export const checkUnique = ({ body, place, world }: Asked): void => {
  const name = (place.parts["endpoint"] ?? "").toLowerCase();
  const other = Object.values(world.resources).find(
    ({ id, body: theirs }) =>
      ENDPOINTS.includes(placeOf(id)?.kind) && lastOf(id).toLowerCase() === name && keyOf(id) !== keyOf(place.path) && sameLocation(theirs["location"], body["location"]),
  );
  if (other !== undefined) refuse("regionalName", `An endpoint named '${name}' exists in this region already.`, "EndpointAlreadyExists", 409);
};

/** `West Europe` and `westeurope` are one. */
export const sameLocation = (left: string, right: string): boolean => normal(left) === normal(right);

const normal = (location: string): string => location.replaceAll(" ", "").toLowerCase();

export const checkLocation = (given: unknown, workspace: string | undefined): void => {
  if (typeof given !== "string" || given === "") return refuse("location", "The location property is required for this definition.", "LocationRequired");
  if (workspace !== undefined && !sameLocation(given, workspace))
    refuse("location", `Location '${given}' is not that of the workspace, '${workspace}'.`, "LocationMismatch");
};

/** Entries that were there must stay as they were. */
export const checkAddOnly = (before: Record<string, string> | undefined, after: Record<string, string> | undefined): void => {
  for (const [key, value] of Object.entries(before ?? {}))
    if (after?.[key] !== value) refuse("addOnly", `Properties can be added, but not removed or altered: '${key}' was '${value}', got '${after?.[key] ?? "nothing"}'.`);
};
