/** What a person is told of an endpoint before anything is done. */
import { HEADERS } from "../../scoring/contract.ts";
import type { On } from "../../model/endpoint.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { listed, show } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { externalNotes } from "../../model/traffic.ts";
import { allOf, coresAsked, instancesOf, largestOf, type Beside } from "./quota.ts";
import { deployedName } from "./replacement.ts";
import { isExempt, skuOf } from "./skus.ts";

/** A line each. */
export const compileNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] => [...coreNotes(endpoint), ...idleNotes(endpoint), ...nameNotes(endpoint), ...externalNotes(endpoint)];

/** Instances and cores, in one line. */
const coreNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] => {
  const own = Object.values(endpoint.deployments);
  if (endpoint.azure.compute !== undefined || own.length === 0) return [];
  const counts = own.map((deployment) => instancesOf(deployment));
  const all = range(sum(counts.map(({ atRest }) => atRest)), sum(counts.map(({ atMost }) => atMost)));
  return [[`instances: ${all}`, ...quotaNotes(endpoint), ...unlisted(own)].join("; ")];
};

const quotaNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] => {
  const asked = coresAsked(endpoint);
  if (asked.length === 0) return [];
  const cores = asked.map(({ atMost, atRest, family }) => `${range(atRest, atMost)} cores of ${family}`);
  const reserved = asked.some(({ family }) => !isExempt(family)) ? ["Azure's 20 % for upgrades included"] : [];
  const beside = asked.flatMap((each) => besideNotes(each.beside));
  return [`quota: ${[...cores, ...reserved, ...beside].join(", ")}`];
};

const besideNotes = (beside: readonly Beside[]): string[] => {
  const largest = largestOf(beside);
  if (largest === undefined) return [];
  return [`${largest.cores} more while ${show(largest.deployment)} is replaced side by side`, ...(beside.length > 1 ? [`${allOf(beside)} where one update replaces ${listed(beside.map(({ deployment }) => show(deployment)))}`] : [])];
};

const unlisted = <V>(own: readonly OnlineDeployment<V>[]): string[] => {
  const sizes = [...new Set(own.map(({ azure }) => azure.instanceType ?? ""))].filter((size) => skuOf(size) === undefined);
  return sizes.length === 0 ? [] : [`the cores of ${sizes.join(", ")} are not known`];
};

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

const range = (atRest: number, atMost: number): string => (atRest === atMost ? String(atRest) : `${atRest} to ${atMost}`);

/** Whoever owns the endpoint knows the shares. What instances on Kubernetes compute cost is the cluster's. */
const idleNotes = <V>({ azure, deployments, existing, mirrorTraffic, traffic }: On<V, AzureMlTarget<V>>): string[] => {
  if (existing) return [];
  const idle = Object.entries(deployments).filter(([name]) => (traffic[name] ?? 0) === 0 && (mirrorTraffic[name] ?? 0) === 0);
  const said = idle.map(([name, deployment]) => `${show(name)} (${instances(instancesOf(deployment).atRest)})`);
  const charged = azure.compute === undefined ? ", and charged all the same" : "";
  return said.length === 0 ? [] : [`at 0 %${charged}: ${said.join(", ")}`];
};

const instances = (count: number): string => `${count} ${count === 1 ? "instance" : "instances"}`;

const nameNotes = <V>(endpoint: On<V, AzureMlTarget<V>>): string[] =>
  Object.keys(endpoint.deployments).flatMap((name) => {
    const deployed = deployedName(endpoint, name);
    return deployed === name ? [] : [`deployment ${show(name)} is called ${show(deployed)} at Azure: callers of the header ${HEADERS.deployment} write that name`];
  });
