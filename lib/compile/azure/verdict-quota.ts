/** More cores than the program says there are. */
import { unknownKey } from "../../model/fields.ts";
import type { On } from "../../model/endpoint.ts";
import { listed, show, type Problem } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { coresAsked, type Asked } from "./quota.ts";
import { FAMILY_NAMES, isExempt } from "./skus.ts";

export const quotaProblems = <V>(endpoint: On<V, AzureMlTarget<V>>): Problem[] => {
  const { compute, quota } = endpoint.azure;
  const families = Object.keys(quota);
  if (families.length === 0) return [];
  if (compute !== undefined) return [{ path: "azure.quota", message: "quota counts cores of VM families, and Kubernetes compute has none; leave it out" }];
  const unknown = families.filter((family) => !FAMILY_NAMES.includes(family));
  return [...unknown.map((family) => ({ path: "azure.quota", message: unknownKey(family, FAMILY_NAMES) })), ...coresAsked(endpoint).flatMap((asked) => excess(asked, quota[asked.family]))];
};

const excess = (asked: Asked, available: number | undefined): Problem[] => {
  const { atMost, beside, deployments, family } = asked;
  const most = atMost + (beside?.cores ?? 0);
  if (available === undefined || most <= available) return [];
  const reserved = isExempt(family) ? "" : ", Azure's 20 % for upgrades included";
  const replaced = beside === undefined ? "" : `, and ${beside.cores} more while ${show(beside.deployment)} is replaced side by side`;
  return [{ path: `azure.quota.${family}`, message: `deployments ${listed(deployments.map(show))} ask for ${atMost} cores at most${reserved}${replaced}: expected ${most} or more; got ${available}`, value: available }];
};
