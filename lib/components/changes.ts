/** Says in a preview what an update changes of an endpoint's deployments and shares, where the engine knows what they were, and refuses what Azure would. */
import * as pulumi from "@pulumi/pulumi";
import { changeLine, changeProblems, isScaled, routedOf, scaledLine } from "../compile/azure/changes.ts";
import { movedBy, moveLine, moveProblem, placedIn, unsureOf } from "../compile/azure/moves.ts";
import type { Plan } from "../model/plan.ts";
import { perRun } from "./run.ts";
import { isPreviewed, settled, tell } from "./told.ts";

/** Hooks of planned resources, by role. */
export type Hooks = Readonly<Record<string, pulumi.ResourceHookBinding>>;

/** Who is told, and of what: `Endpoint "credit"`. */
interface Listener {
  readonly component: pulumi.ComponentResource;
  readonly subject: string;
}

/** Of Azure's routing, the one resource whose inputs hold all of an endpoint, and of deployments whose instances an autoscaler counts. */
export const changeHooks = (listener: Listener, { resources }: Plan): Hooks => {
  if (!isPreviewed()) return {};
  const routing = resources.find(({ role }) => role === "routing");
  const scaled = resources.filter(isScaled).map(({ logicalName }) => logicalName);
  return {
    ...(routing === undefined ? {} : { routing: routingHooks(routing.logicalName, listener) }),
    ...(scaled.length === 0 ? {} : { deployment: deploymentHooks(scaled, listener) }),
  };
};

const routingHooks = (logicalName: string, { component, subject }: Listener): pulumi.ResourceHookBinding => {
  const compare: pulumi.ResourceHookFunction = async ({ newInputs, oldInputs }) => {
    const [before, after] = [routedOf(await settled(oldInputs)), routedOf(await settled(newInputs))];
    if (after === undefined) return;
    const line = changeLine(before, after);
    if (line !== undefined) tell("info", `${subject}: ${line}`, component);
    refuse(subject, changeProblems(before, after));
  };
  const hook = new pulumi.ResourceHook(`${logicalName}-changes`, compare, { onDryRun: true });
  return { beforeCreate: [hook], beforeUpdate: [hook] };
};

/** A hook that throws ends the preview, and with it an update that follows. What is only logged does not. */
const refuse = (subject: string, problems: readonly string[]): void => {
  if (problems.length > 0) throw new Error(problems.map((problem) => `${subject}: ${problem}`).join("\n"));
};

const deploymentHooks = (scaled: readonly string[], { component, subject }: Listener): pulumi.ResourceHookBinding => {
  const compare: pulumi.ResourceHookFunction = async ({ name, newInputs }) => {
    if (scaled.includes(name)) tell("info", `${subject}: ${scaledLine(await settled(newInputs))}`, component);
  };
  return { beforeUpdate: [new pulumi.ResourceHook(`${scaled[0]}-instances`, compare, { onDryRun: true })] };
};

/** Options of an endpoint's component that tell of another place: of the component, because all that it makes is then made anew, without old inputs. */
export const withMoves = (name: string, opts: pulumi.ComponentResourceOptions = {}): pulumi.ComponentResourceOptions => {
  if (!isPreviewed()) return opts;
  const subject = `Endpoint ${JSON.stringify(name)}`;
  // The inputs are those of the last update, even of one that failed; the outputs are those of one that succeeded, and gone after one that failed.
  const compare: pulumi.ResourceHookFunction = async ({ newInputs, oldOutputs }) => {
    const [before, after] = [placedIn(await settled(oldOutputs)), placedIn(await settled(newInputs))];
    const moved = movedBy(before, after);
    if (moved.length > 0) refuse(subject, before?.live === true ? [moveProblem(moved)] : []);
    const line = moveLine(moved, unsureOf(before, after));
    // Of no resource: the component waits for this hook.
    if (line !== undefined) void pulumi.log.info(`${subject}: ${line}`);
  };
  const hook = new pulumi.ResourceHook(hookName(name), compare, { onDryRun: true });
  return { ...opts, hooks: { ...opts.hooks, beforeUpdate: [...(opts.hooks?.beforeUpdate ?? []), hook] } };
};

const placeHooks = perRun(() => new Map<string, number>());

/** Two components may have one name, below different parents. */
const hookName = (name: string): string => {
  const count = (placeHooks().get(name) ?? 0) + 1;
  placeHooks().set(name, count);
  return `${name}-place${count === 1 ? "" : `-${count}`}`;
};
