/**
 * What a test plants in the world, as `control.json` in the state's folder. Everything has a default, so an empty folder is a working Azure.
 *
 * A request or operation is named by its method and the end of its path: `PUT deployments/green`.
 *
 * A deployment can also carry its own fault: with the environment variable `RIG_FAIL_PROVISIONING`, provisioning fails with its text.
 */

export interface PlantedRefusal {
  /** `PUT deployments/green` */
  readonly request: string;
  /** HTTP status, such as 403. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** How often. @default always */
  readonly times?: number;
}

export interface PlantedFailure {
  /** `PUT deployments/green` */
  readonly operation: string;
  readonly code?: string;
  readonly message: string;
  /** How often. @default always */
  readonly times?: number;
}

/** What a deployment answers instead of 200. */
export interface PlantedAnswer {
  readonly deployment: string;
  /** Of its container; a router maps it. */
  readonly status: number;
  readonly message: string;
  /** Only while it has at least this share, as if it could not bear more. @default 0 */
  readonly fromShare?: number;
}

export interface Workspace {
  readonly location?: string;
  /** Where AcrPull must be granted; without it, any scope will do. */
  readonly registryId?: string;
  /** Where Storage Blob Data Reader must be granted; without it, any scope will do. */
  readonly storageId?: string;
}

export interface Control {
  /** How long a long-running operation takes, in milliseconds. */
  readonly operationMs: number;
  /** Operations that stay running until a test takes them out of this list. */
  readonly hold: readonly string[];
  /** Requests that are refused at once. */
  readonly refuse: readonly PlantedRefusal[];
  /** Operations that are accepted and then fail. */
  readonly fail: readonly PlantedFailure[];
  /** How many reads of a resource still show what was before an update of it. */
  readonly staleReads: number;
  /** How many requests it takes until a new role assignment is heeded. */
  readonly lateRoles: number;
  /** Cores by VM family (`standardDSv2Family`); a family that is not here has no limit. */
  readonly quota: Readonly<Record<string, number>>;
  /** By name. */
  readonly workspaces: Readonly<Record<string, Workspace>>;
  /** Storage accounts by name. */
  readonly accounts: Readonly<Record<string, { readonly allowSharedKeyAccess: boolean }>>;
  /** Location of resource groups by name, which azure-native falls back to. @default westeurope */
  readonly resourceGroups: Readonly<Record<string, string>>;
  /** Principals that the directory does not show yet, unless their type is given with them. */
  readonly newPrincipals: readonly string[];
  readonly deploymentsPerEndpoint: number;
  /** Where `front-door.ts` listens: scoring URIs begin with it. @default names that nobody serves */
  readonly frontDoor?: string;
  readonly answers: readonly PlantedAnswer[];
}

export const DEFAULTS: Control = {
  // Long enough that writes which a program does not put in order meet.
  operationMs: 150,
  hold: [],
  refuse: [],
  fail: [],
  staleReads: 0,
  lateRoles: 0,
  quota: {},
  workspaces: {},
  accounts: {},
  resourceGroups: {},
  newPrincipals: [],
  deploymentsPerEndpoint: 20,
  answers: [],
};

/** Does `PUT deployments/green` name this request? */
export const names = (pattern: string, method: string, path: string): boolean => {
  const [wanted, end = ""] = pattern.split(" ", 2);
  return wanted === method && path.toLowerCase().endsWith(`/${end.toLowerCase()}`);
};
