/** A call of `POST /jobs`: which deployment is meant, and which job an idempotency key names. */
import { createHash, randomUUID } from "node:crypto";
import type { JobRecord } from "./record.ts";
import { Refused } from "./refused.ts";

/** A call as the server has read it. */
export interface Invocation {
  readonly body: string;
  readonly deployment: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** An endpoint's deployments, by name. */
interface Deployments<D> {
  readonly endpoint: string;
  readonly defaultDeployment?: string;
  readonly deployments: Readonly<Record<string, D>>;
}

/** The deployment that a caller names, or the default. Throws {@link Refused}. */
export const deploymentOf = <D>({ defaultDeployment, deployments, endpoint }: Deployments<D>, named: string | undefined): [string, D] => {
  const name = named ?? defaultDeployment;
  if (name === undefined) throw new Refused(404, `No valid deployments to route to: endpoint ${endpoint} has no default deployment, and the call names none`);
  const deployment = deployments[name];
  if (deployment === undefined || !Object.hasOwn(deployments, name)) throw new Refused(404, `endpoint ${endpoint} has no deployment ${JSON.stringify(name)}; it has ${Object.keys(deployments).join(", ")}`);
  return [name, deployment];
};

/** The job's id: with a key it is the key's hash, so that making the record is the lock. `fingerprint`: another body or deployment is another job. */
export const identify = (endpoint: string, deployment: string, { body, idempotencyKey }: Invocation): { readonly id: string; readonly fingerprint: string } => ({
  id: idempotencyKey === undefined ? randomUUID() : asUuid(sha256(JSON.stringify([endpoint, idempotencyKey]))),
  fingerprint: sha256(JSON.stringify([deployment, canonical(body)])),
});

/** Throws {@link Refused} where a key comes again with something else. */
export const checkSame = (record: JobRecord, fingerprint: string): void => {
  if (record.fingerprint !== fingerprint) throw new Refused(422, `this idempotency key made job ${record.id} with another body or deployment: use another key`, "IdempotencyKeyReused");
};

/** Throws {@link Refused}. */
export const noSuchJob = (endpoint: string, id: string): never => {
  throw new Refused(404, `there is no job ${JSON.stringify(id)} at endpoint ${endpoint}`);
};

/** Throws {@link Refused} for what is over, and cannot be cancelled. */
export const checkCancellable = ({ id, status }: JobRecord): void => {
  if (status === "Completed" || status === "Failed") throw new Refused(409, `job ${id} is ${status} and cannot be cancelled`);
};

/** Throws {@link Refused} for what cannot be resumed. */
export const checkResumable = ({ id, status }: JobRecord): void => {
  if (status !== "Failed" && status !== "Canceled") throw new Refused(409, `job ${id} is ${status}: jobs that have failed or were cancelled can be resumed`);
};

/** The same JSON in another layout is the same body. */
const canonical = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const asUuid = (hex: string): string => [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
