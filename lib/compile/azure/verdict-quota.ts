/** More cores than the program says there are. */
import { unknownKey } from "../../model/fields.ts";
import type { On } from "../../model/endpoint.ts";
import { listed, show, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { allOf, coresAsked, largestOf, type Asked } from "./quota.ts";
import { FAMILY_NAMES, isExempt } from "./skus.ts";
import { certain, certainOfEach, judged } from "../../model/refused.ts";

/**
 * Refused of the endpoint's own share is what cannot be: more than there is, or no room for even one replacement side by side. Several in one update may
 * never happen, and are warned of; of the target's quota too.
 */
export const quotaVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>): Verdict => {
  const asked = (): Asked[] => coresAsked(endpoint);
  return judged(
    () => ({ problems: unknownFamilies("target.quota", endpoint.target.quota) }),
    () => ({ problems: Object.keys(endpoint.azure.quota).length === 0 ? [] : quotaProblems(endpoint, asked) }),
    () => ({ warnings: asked().flatMap((each) => [...crowded("azure.quota", each, endpoint.azure.quota), ...crowded("target.quota", each, endpoint.target.quota)]) }),
  );
};

/** Of the endpoint's own share. */
const quotaProblems = <V>({ azure }: On<V, AzureMlTarget<V>>, asked: () => Asked[]): Problem[] => {
  if (azure.compute !== undefined) return [{ path: "azure.quota", message: "quota counts cores of VM families, and Kubernetes compute has none; leave it out" }];
  return certain(
    () => unknownFamilies("azure.quota", azure.quota),
    () => certainOfEach(asked(), (each) => excess("azure.quota", each, azure.quota[each.family])),
  );
};

const unknownFamilies = (path: string, quota: Cores): Problem[] =>
  Object.keys(quota)
    .filter((family) => !FAMILY_NAMES.includes(family))
    .map((family) => ({ path, message: unknownKey(family, FAMILY_NAMES) }));

/** By VM family. */
export type Cores = Readonly<Record<string, number>>;

/** What an endpoint asks for. */
export interface Share {
  readonly endpoint: string;
  readonly asked: readonly Asked[];
}

/** Of what a subscription has in a region, for all endpoints that draw on it. */
export const sharedQuotaProblems = (shares: readonly Share[], available: Cores): Problem[] =>
  certainOfEach(available, (cores, family) => excess("target.quota", together(shares, family), cores));

/** Of several endpoints, too, one deployment is replaced at a time. */
const together = (shares: readonly Share[], family: string): Asked => {
  const asking = shares.flatMap(({ asked, endpoint }) => asked.filter((each) => each.family === family).map((each) => ({ ...each, endpoint })));
  const beside = asking.flatMap((each) => each.beside);
  const sum = (key: "atRest" | "atMost"): number => asking.reduce((all, each) => all + each[key], 0);
  const deployments = asking.flatMap((each) => each.deployments.map((deployment) => `${deployment} of ${each.endpoint}`));
  return { family, deployments, atRest: sum("atRest"), atMost: sum("atMost"), beside };
};

const excess = (path: string, asked: Asked, available: number | undefined): Problem[] => {
  const { atMost, deployments, family } = asked;
  const beside = largestOf(asked.beside);
  const most = atMost + (beside?.cores ?? 0);
  if (available === undefined || most <= available) return [];
  const reserved = isExempt(family) ? "" : ", Azure's 20 % for upgrades included";
  const replaced = beside === undefined ? "" : `, and ${beside.cores} more while ${show(beside.deployment)} is replaced side by side`;
  return [{ path: `${path}.${family}`, message: `deployments ${listed(deployments.map(show))} ask for ${atMost} cores at most${reserved}${replaced}: expected ${most} or more; got ${available}`, value: available }];
};

const crowded = (path: string, { atMost, beside, family }: Asked, quota: Cores): Problem[] => {
  const [available, most] = [quota[family], atMost + allOf(beside)];
  if (available === undefined || beside.length < 2 || most <= available) return [];
  return [{ path: `${path}.${family}`, message: `replacing ${listed(beside.map(({ deployment }) => show(deployment)))} side by side in one update asks for ${most} cores, because all are made before any is deleted; got ${available}: replace them in several updates` }];
};
