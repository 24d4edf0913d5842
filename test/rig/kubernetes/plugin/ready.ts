/** Which kinds are waited for, and for what. */
import type { Fields } from "../client.ts";
import { judge } from "../../wait-for.ts";
import { deploymentReady } from "./deployment.ts";
import { watched, type Look, type Patience } from "./waiting.ts";

const SKIP = "pulumi.com/skipAwait";
const WAIT_FOR = "pulumi.com/waitFor";
const TIMEOUT = "pulumi.com/timeoutSeconds";

/** Kinds that the provider waits for, and this one of the tests does not. */
const UNKNOWN = ["DaemonSet", "Ingress", "PersistentVolumeClaim", "Pod", "ReplicationController", "StatefulSet"];

/** How long is waited where nobody says. */
const DEFAULT_SECONDS = 600;

/** An annotation of the object, then the option of the resource, then the provider. */
export const patienceOf = (object: Fields, option: number): number => Number(annotation(object, TIMEOUT) ?? (option === 0 ? DEFAULT_SECONDS : option));

/** Until an object does its work; without end if it never does, but for the patience. */
export const ready = async (patience: Patience, live: Fields, before: Fields | undefined): Promise<void> => {
  if (annotation(live, SKIP) === "true") return;
  const kind = live["kind"] as string;
  const asked = annotation(live, WAIT_FOR);
  if (asked !== undefined) return conditions(patience, live, asked);
  if (UNKNOWN.includes(kind) && !live["apiVersion"].includes(".")) throw new Error(`the kubernetes provider of the tests does not know when a ${kind} is ready`);
  if (kind === "Deployment") return deploymentReady(patience, live, before);
  if (kind === "Service") return service(patience, live);
  if (kind === "Job") return job(patience, live);
};

const annotation = (object: Fields, name: string): string | undefined => object["metadata"].annotations?.[name] as string | undefined;

const own = async ({ client }: Patience, live: Fields): Promise<string> =>
  `${await client.collection(live["apiVersion"], live["kind"], live["metadata"].namespace)}?fieldSelector=metadata.name%3D${live["metadata"].name}`;

/** `condition=Ready`, `jsonpath={…}=value`, or a list of such: all of them. */
const conditions = async (patience: Patience, live: Fields, asked: string): Promise<void> => {
  const { name } = live["metadata"] as { name: string };
  await watched(patience, `'${name}'`, [await own(patience, live)], ([seen]) => {
    const now = seen?.get(name);
    if (now === undefined || (now["metadata"].generation ?? 0) < live["metadata"].generation) return { done: false, reasons: [`Waiting for ${asked}`] };
    const { done, reason } = judge(now, asked);
    return { done, reasons: reason === undefined ? [] : [reason] };
  });
};

/** Until there is a pod behind it. */
const service = async (patience: Patience, live: Fields): Promise<void> => {
  const { name, namespace } = live["metadata"] as { name: string; namespace: string };
  if (live["spec"].selector === undefined || live["spec"].type === "ExternalName") return;
  const slices = await patience.client.collection("discovery.k8s.io/v1", "EndpointSlice", namespace);
  await watched(patience, `'${name}'`, [`${slices}?labelSelector=kubernetes.io%2Fservice-name%3D${name}`], ([seen]) => {
    const endpoints = [...(seen?.values() ?? [])].flatMap((slice) => (slice["endpoints"] ?? []) as Fields[]);
    const done = endpoints.some((endpoint) => endpoint["conditions"]?.ready === true);
    return { done, reasons: done ? [] : ["Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods"] };
  });
};

const job = async (patience: Patience, live: Fields): Promise<void> => {
  const { name } = live["metadata"] as { name: string };
  await watched(patience, `'${name}'`, [await own(patience, live)], ([seen]): Look => {
    const found = (seen?.get(name)?.["status"]?.conditions ?? []) as Fields[];
    const is = (type: string): Fields | undefined => found.find((condition) => condition["type"] === type && condition["status"] === "True");
    const failed = is("Failed");
    return { done: is("Complete") !== undefined, reasons: failed === undefined ? [] : [`[${failed["reason"]}] ${failed["message"]}`] };
  });
};
