/** What a cluster says of a gateway beside what the program and our table say of it. Pure. */
import { z } from "zod";
import { abilitiesOf, named } from "../compile/kubernetes/gateways.ts";
import { GATEWAY_FEATURES, type Gateway, type GatewayFeature } from "../model/gateway.ts";

/** The part of a GatewayClass that is read. Before Gateway API 1.2 a feature was a text. */
export const gatewayClass = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ controllerName: z.string() }),
  status: z
    .object({ supportedFeatures: z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])).optional() })
    .optional(),
});

/** A GatewayClass as it is in the cluster. */
export type GatewayClass = z.output<typeof gatewayClass>;

/** Lines for a person, and whether something is wrong. */
export interface Comparison {
  readonly lines: readonly string[];
  readonly isWrong: boolean;
}

/** One gateway of a program. `asked` are the features that the endpoint's routes use. */
export const compareGateway = (gateway: Gateway<string>, found: GatewayClass, asked: readonly GatewayFeature[]): Comparison => {
  const of = `class ${found.metadata.name}, controller ${found.spec.controllerName}`;
  const reported = found.status?.supportedFeatures;
  if (reported === undefined || reported.length === 0)
    return { lines: [`${of}: it does not say what it supports; the program says ${said(gateway)}`], isWrong: false };
  const expected = abilitiesOf(gateway).features;
  const rows = GATEWAY_FEATURES.map((feature) => ({ feature, here: reported.includes(feature), expected: expected.includes(feature), asked: asked.includes(feature) }));
  const differs = rows.some((row) => row.expected !== row.here);
  const lines = rows.map((row) => `  ${row.feature}: the cluster says ${yes(row.here)}, ${named(gateway)} ${yes(row.expected)}${verdict(row)}`);
  return { lines: [of, ...lines, ...(differs ? [`  write implementation: { supports: [${rows.filter(({ here }) => here).map(({ feature }) => JSON.stringify(feature)).join(", ")}] }, or the implementation that really runs it`] : [])], isWrong: rows.some(({ asked: wanted, here }) => wanted && !here) };
};

const yes = (value: boolean): string => (value ? "yes" : "no");

const said = <V>(gateway: Gateway<V>): string => {
  const { features } = abilitiesOf(gateway);
  return `${named(gateway)} ${features.length === 0 ? "none of ours" : features.join(", ")}`;
};

const verdict = ({ asked, expected, here }: { readonly asked: boolean; readonly expected: boolean; readonly here: boolean }): string => {
  if (expected && !here) return asked ? " - a route asks for it, and will not get it" : " - nothing asks for it";
  return !expected && here ? " - not used, because the program does not say that it is there" : "";
};
