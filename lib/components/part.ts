/** What deployments of either kind have in common. */
import { pairName } from "../model/names.ts";

/** A deployment that an `Endpoint` makes: its names, and its children later. @internal */
export class Part {
  readonly deploymentName: string;
  readonly deployedName: string;
  constructor(deploymentName: string, deployedName: string) {
    this.deploymentName = deploymentName;
    this.deployedName = deployedName;
  }
}

/** The logical name of a deployment made by hand. Never throws: what is wrong with the arguments is said once the component is there. @internal */
export const logicalName = (name: string, args: unknown): string => {
  const endpoint = (args as { endpoint?: { name?: unknown } } | null | undefined)?.endpoint?.name;
  return typeof endpoint === "string" ? pairName(endpoint, name) : name;
};
