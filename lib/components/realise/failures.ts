/**
 * Says what to do about what the service or the cluster refused. The engine calls an error hook with what the provider said; its name is kept in the
 * state, so that there is one, and it is registered in every run. Where the SDK or the CLI is too old for error hooks, there is the provider's
 * own message alone.
 */
import * as pulumi from "@pulumi/pulumi";
import { advise as adviseAzure } from "../../compile/azure/advice.ts";
import { advise as adviseKubernetes } from "../../compile/kubernetes/advice.ts";
import type { Failure } from "../../model/failure.ts";
import { callsHooks } from "../engine.ts";
import { settled } from "../told.ts";
import type { Make } from "./plan.ts";

const NAME = "inference-endpoints:advice";

/** In the URN of whatever an `Endpoint` makes. */
const BELOW_ENDPOINT = "inference-endpoints:index:Endpoint$";

/** A run of a program: its hook, and the parents of what it makes, by type and logical name. */
interface Run {
  readonly hook: pulumi.ErrorHook;
  readonly parents: Map<string, pulumi.Resource>;
}

const KEY = Symbol.for("inference-endpoints.advice");

/**
 * Kept per connection to the engine: Automation API programs run several times in one process. Copies of this package share it, because the engine
 * takes a hook's name once.
 */
const runs = ((globalThis as { [KEY]?: WeakMap<object, Run> })[KEY] ??= new WeakMap<object, Run>());

/** Makes resources as `make` does, with advice for when their service refuses them. */
export const withAdvice =
  (make: Make): Make =>
  (type, logicalName, args, opts) => {
    const run = currentRun();
    if (run === undefined) return make(type, logicalName, args, opts);
    if (opts.parent !== undefined) run.parents.set(`${type} ${logicalName}`, opts.parent);
    return make(type, logicalName, args, { ...opts, hooks: { ...opts.hooks, onError: [...(opts.hooks?.onError ?? []), run.hook] } });
  };

const currentRun = (): Run | undefined => {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined || !callsHooks("ErrorHook")) return undefined;
  const known = runs.get(monitor);
  if (known !== undefined) return known;
  const parents = new Map<string, pulumi.Resource>();
  const run = { hook: new pulumi.ErrorHook(NAME, (failed) => explain(failed, parents)), parents };
  runs.set(monitor, run);
  return run;
};

/** Never asks for another try: what the service refused once, it refuses again. */
const explain = async ({ errors, failedOperation, name, newInputs, oldInputs, type, urn }: pulumi.ErrorHookArgs, parents: Run["parents"]): Promise<boolean> => {
  const parent = parents.get(`${type} ${name}`);
  const failure: Failure = {
    type,
    logicalName: name,
    operation: failedOperation as Failure["operation"],
    message: errors[0] ?? "",
    inputs: await settled(newInputs ?? oldInputs),
    parent: parent === undefined ? undefined : await place(parent),
    joined: !urn.includes(BELOW_ENDPOINT),
  };
  await pulumi.log.error(type.startsWith("kubernetes:") ? adviseKubernetes(failure) : adviseAzure(failure));
  return false;
};

const place = (parent: pulumi.Resource): Promise<Failure["parent"]> =>
  new Promise((resolve) => {
    parent.urn.apply((urn) => resolve({ urn, name: urn.split("::").at(-1) ?? "" }));
  });
