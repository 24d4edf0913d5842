/** Previews a program under Pulumi's mocks and records what the engine would be asked, options included, which mocks do not show. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** One registration, resources named by the last part of their URN. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getProvider(): string;
  getProvidersMap(): { toObject(): [string, string][] };
}

type Register = (this: unknown, request: Request, callback: (error: unknown, response: { getUrn(): string }) => void) => Promise<void>;

const last = (urn: string): string => urn.split("::").at(-1) ?? "";

/** Runs a program as the engine would in a preview: outputs that only the service knows are unknown. */
export const preview = async (program: () => unknown, stack = "prod"): Promise<readonly Registered[]> => {
  const recorded: Registered[] = [];
  const prototype = MockMonitor.prototype as unknown as { registerResource: Register };
  const original = prototype.registerResource;
  prototype.registerResource = function (request, callback) {
    return original.call(this, request, (error, response) => {
      if (error === null && request.getType() !== "pulumi:pulumi:Stack") recorded.push(record(request, response.getUrn()));
      callback(error, response);
    });
  };
  try {
    await pulumi.runtime.setMocks({ newResource: ({ inputs, name }) => ({ id: `${name}-id`, state: inputs }), call: () => ({}) }, "models", stack, true);
    await program();
  } finally {
    await settled();
    prototype.registerResource = original;
  }
  return recorded;
};

/** Every registration has been answered. The SDK exports this without declaring it. */
export const settled = (): Promise<void> => (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();

const record = (request: Request, urn: string): Registered => ({
  type: request.getType(),
  name: request.getName(),
  parent: last(request.getParent()),
  urn,
  inputs: request.getObject()?.toJavaScript() ?? {},
  dependsOn: request.getDependenciesList().map(last).toSorted(),
  options: present({
    deletedWith: last(request.getDeletedwith()),
    replaceWith: request.getReplaceWithList().map(last),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    provider: request.getProvider().split("::").slice(-2, -1).join(""),
  }),
});

const present = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)));

/** The one registration of that name. */
export const called = (recorded: readonly Registered[], name: string): Registered => {
  const found = recorded.filter((one) => one.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`expected one ${name}, found ${found.length} among ${recorded.map((one) => one.name).join(", ")}`);
  return found[0];
};
