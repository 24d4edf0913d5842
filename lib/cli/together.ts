import type { Filled } from "./fill.ts";

/** Deployments of one endpoint that another program owns are one endpoint here. */
export const together = (endpoints: readonly Filled[]): Filled[] => {
  const made: Filled[] = [];
  for (const each of endpoints) {
    const at = each.endpoint.existing ? made.findIndex(({ endpoint }) => endpoint.existing && endpoint.kind === each.endpoint.kind && endpoint.name === each.endpoint.name) : -1;
    if (at === -1) made.push(each);
    else made[at] = joined(made[at] as Filled, each);
  }
  return made;
};

const joined = (a: Filled, b: Filled): Filled => ({
  endpoint: { ...a.endpoint, deployments: { ...a.endpoint.deployments, ...b.endpoint.deployments } } as Filled["endpoint"],
  transformed: [...a.transformed, ...b.transformed],
  unknown: new Map([...a.unknown, ...b.unknown]),
  secret: new Map([...a.secret, ...b.secret]),
});
