/** What an engine says of an operation that failed. */

/** An operation that failed. */
export interface Failure {
  /** Pulumi type token. */
  readonly type: string;
  readonly logicalName: string;
  readonly operation: "create" | "update" | "delete";
  /** What the provider said. */
  readonly message: string;
  /** What was asked for, or is there. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The component that the resource is a child of; none where the program declares the resource no more. */
  readonly parent: { readonly name: string; readonly urn: string } | undefined;
  /** Whether it belongs to an endpoint that another program owns. */
  readonly joined: boolean;
}

/** What was to be done, in a sentence. */
export const DONE = { create: "made", update: "changed", delete: "deleted" } as const;

/** Takes a resource that is there into the stack. Without the parent the stack would hold it under another name than the program. */
export const importLine = ({ logicalName, parent, type }: Failure, id: string): string => {
  const under = parent === undefined ? [] : [`--parent '${parent.name}=${parent.urn}'`];
  return ["pulumi import", type, logicalName, `'${id}'`, ...under, "--protect=false --generate-code=false"].join(" ");
};
