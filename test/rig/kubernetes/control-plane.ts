/** etcd, the API server, its controllers and the scheduler. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePair, makeServiceAccountKey } from "./certificates.ts";
import { connect } from "./client.ts";
import { API_PORT, KUBECONFIG, NODE, SERVICES, STATE } from "./place.ts";
import { daemon, until } from "./processes.ts";

const ETCD = "http://127.0.0.1:2379";

const folder = join(STATE, "control-plane");

/** Who signs the certificates of clients. */
export const AUTHORITY = join(folder, "authority.crt");

export const startControlPlane = async (binaries: string): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const peer = "http://127.0.0.1:2380";
  const urls = ["--listen-client-urls", ETCD, "--advertise-client-urls", ETCD, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`];
  daemon("etcd", join(binaries, "etcd"), ["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level", "warn", ...urls]);
  const key = join(folder, "service-accounts.key");
  makeServiceAccountKey(key);
  const certificates = join(folder, "certificates");
  startApiServer(binaries, certificates, key);
  await until("the API server's certificate", () => readFileSync(join(certificates, "apiserver.crt"), "utf8") !== "");
  writeKubeconfig(certificates, readFileSync(join(folder, "tokens.csv"), "utf8").split(",")[0] ?? "");
  await until("the API server", async () => (await connectedOnce()).status === 200);
  startControllers(binaries, certificates, key);
};

const connectedOnce = () => connect(KUBECONFIG).send("GET", "/readyz");

const startApiServer = (binaries: string, certificates: string, key: string): void => {
  writeFileSync(join(folder, "tokens.csv"), `${randomBytes(16).toString("hex")},admin,admin,system:masters\n`, { mode: 0o600 });
  const authority = makePair(folder, "authority", "/CN=rig");
  const proxy = makePair(folder, "front-proxy-client", "/CN=front-proxy-client", { issuer: authority });
  const kubelet = makePair(folder, "kubelet-client", "/O=system:masters/CN=kube-apiserver", { issuer: authority });
  daemon("kube-apiserver", join(binaries, "kube-apiserver"), [
    `--etcd-servers=${ETCD}`,
    `--advertise-address=${NODE.address}`,
    `--secure-port=${API_PORT}`,
    `--cert-dir=${certificates}`,
    `--service-cluster-ip-range=${SERVICES}`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    // Logs of pods are fetched from the kubelet, whose name nobody resolves here.
    "--kubelet-preferred-address-types=InternalIP",
    `--kubelet-client-certificate=${kubelet.certificate}`,
    `--kubelet-client-key=${kubelet.key}`,
    // Another API, that of metrics for example, is asked through this one.
    `--requestheader-client-ca-file=${authority.certificate}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--proxy-client-cert-file=${proxy.certificate}`,
    `--proxy-client-key-file=${proxy.key}`,
    "--enable-aggregator-routing=true",
  ]);
};

/** JSON is YAML. */
const writeKubeconfig = (certificates: string, token: string): void => {
  const cluster = { server: `https://${NODE.address}:${API_PORT}`, "certificate-authority-data": readFileSync(join(certificates, "apiserver.crt")).toString("base64") };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "rig", cluster }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "rig", context: { cluster: "rig", user: "admin" } }],
    "current-context": "rig",
  };
  writeFileSync(KUBECONFIG, JSON.stringify(config), { mode: 0o600 });
};

const startControllers = (binaries: string, certificates: string, key: string): void => {
  daemon("kube-controller-manager", join(binaries, "kube-controller-manager"), [
    `--kubeconfig=${KUBECONFIG}`,
    "--leader-elect=false",
    "--use-service-account-credentials=true",
    `--service-account-private-key-file=${key}`,
    `--root-ca-file=${join(certificates, "apiserver.crt")}`,
    // Tests of scaling wait for it; the last holds where an autoscaler says nothing of its own.
    "--horizontal-pod-autoscaler-sync-period=5s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
    "--horizontal-pod-autoscaler-downscale-stabilization=10s",
  ]);
  daemon("kube-scheduler", join(binaries, "kube-scheduler"), [`--kubeconfig=${KUBECONFIG}`, "--leader-elect=false"]);
};
