/**
 * Where an endpoint is, which Azure keeps for life. Another place replaces everything of it, deleted first; the routing, whose old inputs say the rest,
 * is then made as if there had been none, so that this is kept with the endpoint's component.
 */
import type { AnyEndpoint } from "../../model/batch-endpoint.ts";
import { isPlainObject } from "../../model/late.ts";

/** The place, as far as it tells one endpoint from another, and whether requests arrive there. */
export interface Placed {
  readonly name: unknown;
  readonly resourceGroupName: unknown;
  readonly workspaceName: unknown;
  readonly location: unknown;
  /** Whether a deployment has a share. Nobody knows of a batch endpoint whether a job runs. */
  readonly live: boolean;
}

/** Nothing on other targets, where everything can move. */
export const placeOf = <V>(endpoint: AnyEndpoint<V>): Placed | undefined => {
  const { name, target } = endpoint;
  if (target.type !== "azureMl") return undefined;
  const { location, resourceGroupName, workspaceName } = target;
  return { name, resourceGroupName, workspaceName, location, live: endpoint.kind === "online" && Object.values(endpoint.traffic).some((share) => share > 0) };
};

/** Read from what the engine has of a component; nothing of one that was made before this was kept, or on another target. */
export const placedIn = (fields: unknown): Placed | undefined => {
  const found = isPlainObject(fields) ? fields["azure"] : undefined;
  return isPlainObject(found) ? (found as unknown as Placed) : undefined;
};

const KEPT = ["resourceGroupName", "workspaceName", "location"] as const;

/** What of the place is another, for an endpoint that keeps its name: with another name a second one is made, and nothing moves. */
export const movedBy = (before: Placed | undefined, after: Placed | undefined): string[] => {
  if (before === undefined || after === undefined || before.name !== after.name) return [];
  return KEPT.filter((key) => !isSame(key, before[key], after[key]));
};

/** What of the place of a live endpoint a preview cannot know: of a workspace that the program makes itself, say. */
export const unsureOf = (before: Placed | undefined, after: Placed | undefined): string[] => {
  if (before?.live !== true || after === undefined || before.name !== after.name) return [];
  return KEPT.filter((key) => typeof before[key] === "string" && after[key] !== undefined && typeof after[key] !== "string");
};

/** What is not known yet is taken as the same. Azure writes a location with or without spaces. */
const isSame = (key: string, before: unknown, after: unknown): boolean => {
  if (typeof before !== "string" || typeof after !== "string") return true;
  return key === "location" ? region(before) === region(after) : before === after;
};

const region = (location: string): string => location.replaceAll(" ", "").toLowerCase();

/** What is said of a move that takes nothing from callers, and of one that may. */
export const moveLine = (moved: readonly string[], unsure: readonly string[]): string | undefined => {
  if (moved.length > 0) return `${moved.join(" and ")} changed: the endpoint is deleted with all that it has, and made again there`;
  if (unsure.length === 0) return undefined;
  return `${unsure.map((key) => `target.${key}`).join(" and ")} is not known yet: another than now would delete the endpoint, which has live traffic, before it is made again there`;
};

/** What is said of one that would. */
export const moveProblem = (moved: readonly string[]): string =>
  `${moved.map((key) => `target.${key}`).join(" and ")} is another than the endpoint was made with, and an endpoint cannot move: with live traffic, it would be deleted with its deployments, keys and ` +
  'address before it is made again. Give it another "name", and a second one is made, complete, before this one is deleted; or give traffic: {} and run pulumi up first';
