/** Ports of this machine that servers of custom containers listen on: where their containers do, unless their commands are told one. */
import type { OnlineDeployment } from "../../model/online-deployment.ts";

/** Those that a deployment's command listens on. A command that is told its port gets one that is free. */
export const fixedPorts = <V>({ environment, local }: OnlineDeployment<V>): number[] => {
  const config = environment?.inferenceConfig;
  if (config === undefined || local.command === undefined || local.command.some((part) => part.includes("{port}"))) return [];
  return [...new Set([config.scoringRoute, config.readinessRoute, config.livenessRoute].map(({ port }) => port))];
};

/** A server, in words, and its ports. */
export interface Wanted {
  readonly owner: string;
  readonly ports: readonly number[];
}

/** Each server that wants a port of one before it. */
export const sharedPorts = (wanted: readonly Wanted[]): { readonly owner: string; readonly message: string }[] => {
  const owners = new Map<number, string>();
  return wanted.flatMap(({ owner, ports }) => {
    const taken = ports.find((port) => owners.has(port));
    for (const port of ports) if (!owners.has(port)) owners.set(port, owner);
    if (taken === undefined) return [];
    return [{ owner, message: `port ${taken} of this machine is ${owners.get(taken)}'s too: write {port} where the command says its port, and each gets one that is free` }];
  });
};
