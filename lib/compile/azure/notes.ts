/** What a person is told of an endpoint before anything is done. */
import { HEADERS } from "../../scoring/contract.ts";
import type { On } from "../../model/endpoint.ts";
import { show } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { externalNotes } from "../../model/traffic.ts";
import { deployedName } from "./replacement.ts";

/** A line each. */
export const compileNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] => [...nameNotes(endpoint), ...externalNotes(endpoint)];

const nameNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] =>
  Object.keys(endpoint.deployments).flatMap((name) => {
    const deployed = deployedName(endpoint, name);
    return deployed === name ? [] : [`deployment ${show(name)} is called ${show(deployed)} at Azure: callers of the header ${HEADERS.deployment} write that name`];
  });
