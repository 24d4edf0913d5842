/** What exists. Everything is plain JSON, because it lives in a file. */
import type { Body } from "../json.ts";
import { lastOf, placeOf } from "./paths.ts";
import type { RuleName } from "./rules.ts";

export type ProvisioningState = "Creating" | "Updating" | "Deleting" | "Succeeded" | "Failed";

export interface Stored {
  readonly id: string;
  /** How many calls there had been before it was made. */
  readonly since: number;
  /** As the last write left it. */
  body: Body;
  state: ProvisioningState;
  /** A deployment that never was is beyond repair. */
  everSucceeded: boolean;
  /** Of an online endpoint: the path of its scoring URI, once a deployment has settled it. */
  route?: string;
  /** What reads still show after an update. */
  stale?: { readonly body: Body; reads: number };
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly rule?: RuleName;
}

/** A long-running operation: whoever asked for it polls it by its id. */
export interface Operation {
  readonly id: string;
  readonly method: "PUT" | "PATCH" | "DELETE";
  /** Key of the resource. */
  readonly resource: string;
  /** Key of the endpoint that takes no other write meanwhile. */
  readonly endpoint?: string;
  /** When it ends, in milliseconds of the clock; a template's operation ends with its last resource. */
  readonly until: number;
  readonly failure?: Failure;
  status: "Running" | "Succeeded" | "Failed";
  /** What it became, where it failed on the way. */
  error?: Failure;
  /** The resources of a template that are still to be put, and the operation of the one that is being put. */
  steps?: Step[];
  /** Outputs of a template: ids of the resources that they are, by name. */
  readonly outputs?: Readonly<Record<string, string>>;
  waitsFor?: string;
}

export interface Step {
  readonly path: string;
  readonly body: Body;
}

export interface World {
  /** By id in lower case. */
  resources: Record<string, Stored>;
  operations: Record<string, Operation>;
  /** Calls so far. */
  calls: number;
  /** How often each planted answer was given. */
  planted: Record<string, number>;
}

export const empty = (): World => ({ resources: {}, operations: {}, calls: 0, planted: {} });

/** ARM compares ids without regard to case. */
export const keyOf = (id: string): string => id.toLowerCase();

export const find = (world: World, id: string): Stored | undefined => world.resources[keyOf(id)];

/** What lies directly or further below a resource. */
export const below = (world: World, id: string): readonly Stored[] =>
  Object.entries(world.resources).flatMap(([key, stored]) => (key.startsWith(`${keyOf(id)}/`) ? [stored] : []));

/** Names of an endpoint's deployments. What else lies below it, such as a role assignment on it, is none. */
export const deploymentsOf = (world: World, endpoint: string): readonly string[] =>
  below(world, endpoint).flatMap(({ id }) => (["onlineDeployment", "batchDeployment"].includes(placeOf(id)?.kind ?? "") ? [lastOf(id)] : []));

export const running = (world: World): readonly Operation[] => Object.values(world.operations).filter(({ status }) => status === "Running");
