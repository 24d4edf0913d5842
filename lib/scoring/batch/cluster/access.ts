/** How a pod reaches the API server of its cluster: what the kubelet mounts for its service account. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the kubelet puts it, in every pod. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
/** The kubelet changes the token long before it ends. */
const READ_AGAIN_MS = 60_000;

/** The API server, and who asks. */
export interface Access {
  readonly host: string;
  readonly port: string;
  readonly ca: Buffer;
  readonly namespace: string;
  /** As it is now. */
  token(): string;
}

/** Throws when this is no pod with a token. */
export function inCluster(folder = FOLDER, env: NodeJS.ProcessEnv = process.env): Access {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined) throw new Error("--cluster works in a pod alone: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(folder, name));
    } catch (error) {
      throw new Error(`--cluster works in a pod with the token of its service account: ${(error as Error).message}`, { cause: error });
    }
  };
  let token = { text: read("token").toString().trim(), at: performance.now() };
  const current = (): string => {
    if (performance.now() - token.at > READ_AGAIN_MS) token = { text: read("token").toString().trim(), at: performance.now() };
    return token.text;
  };
  return { host, port, ca: read("ca.crt"), namespace: read("namespace").toString().trim(), token: current };
}

/** An owner of objects: they go when it goes. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The service account itself, as its token names it: no permission is needed to know that. Nothing for a token of another form. */
export const accountOf = (token: string): Owner | undefined => {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { "kubernetes.io"?: { serviceaccount?: { name?: string; uid?: string } } };
    const { name, uid } = claims["kubernetes.io"]?.serviceaccount ?? {};
    return name === undefined || uid === undefined ? undefined : { apiVersion: "v1", kind: "ServiceAccount", name, uid };
  } catch {
    return undefined;
  }
};
