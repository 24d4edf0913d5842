/** Endpoints that a test declares, in a namespace and a stack of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Caller } from "../conformance/caller.ts";
import { wine } from "../conformance/wine.ts";
import { GATEWAY } from "../rig/kubernetes/gateway.ts";
import { callerOf, eventually, keysOf, newNamespace } from "./cluster.ts";
import { IMAGES } from "./image.ts";
import { newStack, type Stack, type Up } from "./stack.ts";

const models = fileURLToPath(new URL("../../examples/quickstart/models", import.meta.url));

/** A body of one row of the quickstart's. */
export const { row } = wine("quickstart");

/** A deployment of one of the quickstart's models: it starts in a second or two. */
export const onnx = (model: string, more: object = {}): object => ({
  model: { path: `${models}/${model}.onnx` },
  instanceCount: 1,
  // Twice as many are let in at once: what a test sends is not refused for being too much.
  requestSettings: { maxConcurrentRequestsPerInstance: 10 },
  readinessProbe: { initialDelay: 1, period: 1, timeout: 1, successThreshold: 1, failureThreshold: 3 },
  ...more,
  kubernetes: { resources: { requests: { cpu: "10m", memory: "64Mi" } }, ...(more as { readonly kubernetes?: object }).kubernetes },
});

/** The rig's Gateway, as a program attaches to it. */
export const ATTACHED = { name: GATEWAY.name, namespace: GATEWAY.namespace, implementation: "envoy-gateway", url: `https://${GATEWAY.hostname}` } as const;

/** Endpoints by name, without kind; `target` are more arguments of its own. */
export type Endpoints = Readonly<Record<string, object>>;

export interface Declared extends AsyncDisposable {
  readonly namespace: string;
  readonly stack: Stack;
  /** `up` with these endpoints, which must go well unless it is to be refused; `waitSeconds` are for each Deployment's pods, and for each route. */
  up(endpoints: Endpoints, options?: { readonly refused?: true; readonly waitSeconds?: number }): Promise<Up>;
  /** Writes what `up` would run. */
  declare(endpoints: Endpoints): void;
  /** Of an endpoint that is up, with its first key or another credential. `https` goes to the other listener. */
  caller(endpoint: string, options?: { readonly scheme?: "http" | "https"; readonly credential?: string }): Promise<Caller>;
}

/** `target` are more arguments of `kubernetes()`; `kubeconfig` says as whom `up` runs, if not as the cluster's administrator. */
export const newDeclared = async (namespace: string, target: object = {}, kubeconfig?: string): Promise<Declared> => {
  const space = await newNamespace(namespace);
  const stack = await newStack("test/cluster/program", kubeconfig);
  const declare = (endpoints: Endpoints, waitSeconds?: number): void => {
    const whole = Object.entries(endpoints).map(([name, args]) => [name, { authMode: "key", ...args, target: { namespace, gateway: ATTACHED, scoringImage: IMAGES.scoring, ...target, ...(args as { readonly target?: object }).target } }]);
    writeFileSync(join(stack.project, "declaration.json"), JSON.stringify({ endpoints: Object.fromEntries(whole), waitSeconds }));
  };
  const callers: Caller[] = [];
  return {
    namespace,
    stack,
    up: (endpoints, { waitSeconds, ...options } = {}) => {
      declare(endpoints, waitSeconds);
      return stack.up(options);
    },
    declare,
    caller: async (endpoint, { credential, scheme = "http" } = {}) => {
      const { keysSecretNames, scoringUris } = await stack.outputs();
      const key = credential ?? (await keysOf(namespace, keysSecretNames[endpoint])).primaryKey;
      const caller = callerOf((scoringUris[endpoint] as string).replace(/^https:/, `${scheme}:`), key);
      callers.push(caller);
      return caller;
    },
    [Symbol.asyncDispose]: async () => {
      for (const caller of callers) caller.close();
      await stack[Symbol.asyncDispose]();
      await space[Symbol.asyncDispose]();
    },
  };
};

/** Envoy learns of a route after the API server. */
export const answering = (caller: Caller, headers: Readonly<Record<string, string>> = {}): Promise<true> =>
  eventually(async () => ((await caller.post(row(0), headers).catch(() => undefined))?.status === 200 ? true : undefined));
