import type * as pulumi from "@pulumi/pulumi";
import type { ExistingEndpoint as Existing, ExistingEndpointArgs as Args } from "../model/existing.ts";
import type { Target } from "./target.ts";

/** What the owner's program says of an endpoint, where it is not the default. */
export type ExistingEndpointArgs = Args<pulumi.Input<string>>;

/** An endpoint that another program owns: made by {@link existingEndpoint}, given to an `OnlineDeployment` or a `BatchDeployment`. */
export type ExistingEndpoint = Existing<pulumi.Input<string>>;

/**
 * Names an endpoint that another program owns, for an `OnlineDeployment` or a `BatchDeployment` of this one. The owner routes to it:
 * `deployments: { green: "external" }`.
 *
 * @param name The endpoint's name at its target, as the owner's output `name` has it; plain, because logical names are made of it. On Azure a name
 * that the owner does not write depends on its stack, so have it written.
 * @param target The owner's target.
 * @param args What the owner says of the endpoint, where it is not the default.
 */
export const existingEndpoint = (name: string, target: Target, args: ExistingEndpointArgs = {}): ExistingEndpoint => ({ ...args, name, target });
