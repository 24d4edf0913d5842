/** Where Azure sends what it logs of an endpoint. */
import type { z } from "zod";
import { flag, late, list, oneOf, refusing, strict, under } from "./fields.ts";

/** Logs of an endpoint: each request, what the containers print, and what happens to them. */
export type EndpointLog = "traffic" | "console" | "event";

/** A diagnostic setting. Sending and keeping logs costs; it may take an hour until the first arrives. */
export interface DiagnosticSettingsArgs<V> {
  /** Id of a Log Analytics workspace. */
  readonly workspaceId: V;
  /** Region of that workspace, for the alert that reads it. @default - the endpoint's */
  readonly location?: V;
  /** @default - all three */
  readonly logs?: readonly EndpointLog[];
  /** Whether the endpoint's metrics go there too, those that Azure lets go. @default false */
  readonly metrics?: boolean;
}

/** @internal */
export const diagnosticSettings = <V>() =>
  under(
    strict(
      {
        workspaceId: late<V>("the id of a Log Analytics workspace"),
        location: late<V>("a region").optional(),
        logs: list(oneOf("traffic", "console", "event"), "a list of logs")
          .refine((logs) => new Set(logs).size === logs.length, { error: "expected each log once" })
          .default(["traffic", "console", "event"]),
        metrics: flag().default(false),
      },
      "diagnostic settings: { workspaceId }",
    ),
    ({ logs, metrics }) => refusing([], logs.length > 0 || metrics ? undefined : "expected one log or more, or metrics: true"),
  );

/** Diagnostic settings, parsed. @internal */
export type DiagnosticSettings<V> = Readonly<z.output<ReturnType<typeof diagnosticSettings<V>>>>;
