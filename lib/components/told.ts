/** What hooks of the engine are given, and when there is somebody to tell. */
import * as pulumi from "@pulumi/pulumi";
import { callsHooks } from "./engine.ts";

/** Whether hooks tell what will be. In previews alone: an update would say it when it is done, and would keep the hook's name in the state. */
export const isPreviewed = (): boolean => pulumi.runtime.isDryRun() && callsHooks("ResourceHook");

/** Inputs as plain data. Where a secret is somewhere in a field, the SDK gives the whole field as an Output; what is not known yet stays unknown. */
export const settled = async (inputs: Readonly<Record<string, unknown>> | undefined): Promise<Readonly<Record<string, unknown>>> => {
  const fields = await Promise.all(Object.entries(inputs ?? {}).map(async ([key, value]) => [key, await plain(value)] as const));
  return Object.fromEntries(fields);
};

/** `apply` would pass over an Output in which something is unknown. The method is the SDK's own, in every version that has hooks. */
const plain = (value: unknown): unknown =>
  pulumi.Output.isInstance(value) ? (value as unknown as { promise(withUnknowns: boolean): Promise<unknown> }).promise(true) : value;

/**
 * Says a line of a component, once the engine knows the component. The SDK sends lines one after another, each when its resource is registered: one that
 * was queued before that would hold back all others, those of hooks among them, for which the very registration may be waiting.
 */
export const tell = (severity: "info" | "warn", text: string, component: pulumi.Resource): void => {
  component.urn.apply(() => void pulumi.log[severity](text, component));
};
