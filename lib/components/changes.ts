/** Says in a preview what an update changes of an endpoint's deployments and shares, where the engine knows what they were, and refuses what Azure would. */
import * as pulumi from "@pulumi/pulumi";
import { changeLine, changeProblems, routedOf } from "../compile/azure/changes.ts";
import type { Plan } from "../model/plan.ts";
import { callsHooks } from "./engine.ts";

/** Hooks of planned resources, by role. */
export type Hooks = Readonly<Record<string, pulumi.ResourceHookBinding>>;

/**
 * Of Azure's routing, the one resource whose inputs hold all of it. In previews alone: an update would say it when it is done, and would keep the
 * hook's name in the state.
 */
export const changeHooks = (component: pulumi.ComponentResource, { resources }: Plan): Hooks => {
  const routing = resources.find(({ role }) => role === "routing");
  if (routing === undefined || !pulumi.runtime.isDryRun() || !callsHooks("ResourceHook")) return {};
  const tell: pulumi.ResourceHookFunction = async ({ newInputs, oldInputs }) => {
    const [before, after] = [routedOf(oldInputs), routedOf(newInputs)];
    if (after === undefined) return;
    const line = changeLine(before, after);
    if (line !== undefined) await pulumi.log.info(line, component);
    const problems = changeProblems(before, after);
    // A hook that throws ends the preview, and with it an update that follows. What is only logged does not.
    if (problems.length > 0) throw new Error(problems.join("\n"));
  };
  const hook = new pulumi.ResourceHook(`${routing.logicalName}-changes`, tell, { onDryRun: true });
  return { routing: { beforeCreate: [hook], beforeUpdate: [hook] } };
};
