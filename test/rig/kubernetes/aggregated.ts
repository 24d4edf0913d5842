/** APIs that the API server does not answer itself: it asks another server, here one that runs on the node. */
import { apply } from "./apply.ts";
import { awaited } from "./awaited.ts";
import type { Client, Fields } from "./client.ts";
import { NODE } from "./place.ts";

export interface Aggregated {
  readonly group: string;
  readonly version: string;
  /** Name and namespace of the Service before it. */
  readonly name: string;
  readonly namespace: string;
  /** Where it listens on the node. */
  readonly port: number;
}

const REGISTRATION = "apiregistration.k8s.io/v1";
/** The API server asks at once, and after a failure again in seconds. */
const PATIENCE_SECONDS = 60;

const nameOf = ({ group, version }: Aggregated): string => `${version}.${group}`;

/** Tells the API server of it, and waits until its requests are answered. */
export const aggregate = async (client: Client, api: Aggregated): Promise<void> => {
  for (const object of objects(api)) await apply(client, object);
  const path = `${await client.collection(REGISTRATION, "APIService")}?fieldSelector=metadata.name%3D${nameOf(api)}`;
  await awaited(client, `the API ${nameOf(api)} to be available`, PATIENCE_SECONDS, [path], ([seen]) => {
    const conditions = (seen?.get(nameOf(api))?.["status"]?.conditions ?? []) as Fields[];
    const available = conditions.find(({ type }) => type === "Available");
    return { done: available?.["status"] === "True", reasons: available === undefined ? ["the API server has not looked at it yet"] : [`[${available["reason"]}] ${available["message"]}`] };
  });
};

const objects = (api: Aggregated): Fields[] => {
  const { group, name, namespace, port, version } = api;
  const metadata = { name, namespace };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    // It selects no pods: the slice below says where it leads.
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }] } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [NODE.address], conditions: { ready: true } }],
      ports: [{ name: "https", port, protocol: "TCP" }],
    },
    {
      apiVersion: REGISTRATION,
      kind: "APIService",
      metadata: { name: nameOf(api) },
      // The certificate is one that the server has made for itself.
      spec: { group, groupPriorityMinimum: 100, insecureSkipTLSVerify: true, service: { name, namespace, port: 443 }, version, versionPriority: 100 },
    },
  ];
};
