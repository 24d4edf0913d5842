/** How many instances a deployment of an endpoint has: what its autoscaler asks for, and which pods there are. */
import { awaited } from "../rig/kubernetes/awaited.ts";
import type { Fields } from "../rig/kubernetes/client.ts";
import { client } from "./cluster.ts";

export class Instances {
  readonly #namespace: string;
  /** Of the Deployment. */
  readonly #name: string;

  constructor(namespace: string, endpoint: string, deployment: string) {
    this.#namespace = namespace;
    this.#name = `${endpoint}--${deployment}`;
  }

  /** When so many were asked for, in milliseconds since 1970. */
  async asked(count: number, seconds: number): Promise<number> {
    const paths = await this.#paths(["apps/v1", "Deployment"], ["autoscaling/v2", "HorizontalPodAutoscaler"]);
    let at = 0;
    await awaited(client, `${count} instances of ${this.#name} to be asked for`, seconds, paths, ([deployments, autoscalers]) => {
      at = Date.now();
      const now = deployments?.get(this.#name)?.["spec"].replicas as number | undefined;
      return { done: now === count, reasons: [`${now} are asked for`, ...[...(autoscalers?.values() ?? [])].flatMap(words)] };
    });
    return at;
  }

  /** So many are ready, and no other pod is left. */
  async settled(count: number, seconds: number): Promise<void> {
    const [path] = await this.#paths(["v1", "Pod"]);
    await awaited(client, `${count} ready pods of ${this.#name} and no other`, seconds, [`${path}?labelSelector=app.kubernetes.io%2Finstance%3D${this.#name}`], ([seen]) => {
      const pods = [...(seen?.values() ?? [])];
      return { done: pods.length === count && pods.every(isReady), reasons: pods.map((pod) => `${pod["metadata"].name}: ${isReady(pod) ? "ready" : "not ready"}`) };
    });
  }

  /** Every number that was asked for while something was done, from the one before to the one after. */
  async during(act: () => Promise<unknown>): Promise<number[]> {
    const counts = new Set<number>();
    const [path] = await this.#paths(["apps/v1", "Deployment"]);
    const watch = client.watch(`${path}?fieldSelector=metadata.name%3D${this.#name}`);
    await watch.next().then(({ value }) => counts.add(value.object.spec.replicas));
    const following = (async () => {
      for await (const { object, type } of watch) if (type !== "LISTED") counts.add(object["spec"].replicas);
    })();
    await Promise.race([following, act()]);
    counts.add((await client.ask("GET", `${path}/${this.#name}`))["spec"].replicas);
    void watch.return(undefined);
    return [...counts];
  }

  #paths(...kinds: readonly (readonly [apiVersion: string, kind: string])[]): Promise<string[]> {
    return Promise.all(kinds.map(([apiVersion, kind]) => client.collection(apiVersion, kind, this.#namespace)));
  }
}

/** What an autoscaler says of itself and of what it has read. */
const words = ({ status }: Fields): string[] => [
  ...((status?.conditions ?? []) as Fields[]).map(({ message, type }) => `${type}: ${message}`),
  `it has read ${JSON.stringify(status?.currentMetrics ?? [])}`,
];

const isReady = ({ metadata, status }: Fields): boolean =>
  metadata.deletionTimestamp === undefined && ((status?.conditions ?? []) as Fields[]).some(({ status: state, type }) => type === "Ready" && state === "True");
