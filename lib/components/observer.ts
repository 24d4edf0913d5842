/**
 * A tool that runs a program to read it (`dev`, `render`) listens here; in a deployment nobody does. The listener is found under a symbol that
 * every copy of this package shares, because the tool and the program may each have one of their own.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { AnyEndpoint } from "../model/batch-endpoint.ts";
import type { InvalidArgs } from "../model/refusal.ts";

/** What a listening tool is told. */
export interface Observer {
  /** An endpoint was declared and parsed. `transformed` are the roles of the children that its program changes before they are made. */
  declared(endpoint: AnyEndpoint<pulumi.Input<string>>, transformed: readonly string[]): void;
  /** The program's own target refused it. The tool may want another target: then nothing is made and the program goes on. */
  refused(refusal: InvalidArgs): void;
}

const KEY = Symbol.for("inference-endpoints.observer");

/** The listening tool, if any. */
export const observer = (): Observer | undefined => (globalThis as { [KEY]?: Observer })[KEY];
