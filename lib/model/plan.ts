/** A plan: which resources an endpoint becomes, as plain data in the order of their making. */

/** Options of a planned resource. Other resources of the plan are named by their id. */
export interface PlannedOptions {
  readonly dependsOn?: readonly string[];
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
}

/** A name at the target that a program writes, so that two resources could have it: the second would be refused half-way. */
export interface Claim {
  /** Where it is written. */
  readonly path: string;
  /** What has it, in a sentence: `data "seen" version "1"`. */
  readonly what: string;
  /** All that tells it from others in the subscription; late values are the same only as the same value. */
  readonly parts: readonly unknown[];
  /** What to write instead, if it is another's. */
  readonly instead: string;
}

/** One resource. */
export interface PlannedResource {
  /** Its name in this plan: `endpoint`, `deployment:blue`. */
  readonly id: string;
  /** What `transform` and `nodes` call it. */
  readonly role: string;
  /** The deployment it belongs to; it is made as a child of that deployment's component. Absent: a child of the endpoint. */
  readonly deployment?: string;
  /** Pulumi type token. */
  readonly type: string;
  readonly logicalName: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: PlannedOptions;
  /** Why its arguments must be made as planned: something else of the plan says the same again. A transform may change its options alone. */
  readonly fixed?: string;
  /** What no other resource of the program may have. */
  readonly claim?: Claim;
}

/** What an endpoint becomes on a target. */
export interface Plan {
  readonly resources: readonly PlannedResource[];
  /** Late values that the endpoint's outputs read: text with nodes, resolved with the rest. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The deployments' names at the target, by the names in the program: what callers of the routing header write. */
  readonly deployedNames: Readonly<Record<string, string>>;
  /** What a person is told before anything is done, a line each. */
  readonly notes: readonly string[];
}

/** A text that becomes the content of a resource. */
export class TextFile {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A file of this machine that becomes the content of a resource. */
export class LocalFile {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}
