/** Pods that the API server would refuse, or that could not start. */
import { listed, show, type At, type Problem } from "../../model/refusal.ts";
import { JOB_PATHS } from "../../scoring/contract/batch-cluster.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { VOLUMES } from "./containers.ts";
import { OWN_LABELS } from "./metadata.ts";
import { isKnown, keyProblems, labelProblems, nameProblems } from "./verdict-metadata.ts";
import type { Owner, PodDeployment } from "./owner.ts";
import { certain, certainOfEach } from "../../model/refused.ts";

export const podProblems = <V>(endpoint: Owner<V>, name: string): Problem[] => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const block = `deployments.${name}.kubernetes`;
  const at: At = (path, message) => ({ path: `${block}${path}`, message });
  return certain(
    () => metadataProblems(deployment, name, at),
    () => referenceProblems(deployment, block),
    () => volumeProblems(deployment, at),
    () => mountsProblems(deployment, at),
    () => deviceProblems(deployment, at),
  );
};

const metadataProblems = <V>(deployment: PodDeployment<V>, name: string, at: At): Problem[] => {
  const block = `deployments.${name}.kubernetes`;
  return certain(
    () => ownLabelProblems(deployment.kubernetes.podLabels ?? {}, at),
    () => accountProblems(deployment.kubernetes.serviceAccount, at),
    () => keyProblems(`deployments.${name}.tags`, deployment.tags, "an annotation"),
    () => labelProblems(`${block}.podLabels`, deployment.kubernetes.podLabels),
    () => keyProblems(`${block}.podAnnotations`, deployment.kubernetes.podAnnotations, "an annotation"),
    () => labelProblems(`${block}.nodeSelector`, deployment.kubernetes.nodeSelector),
    () => keyProblems(`${block}.serviceAccount.annotations`, deployment.kubernetes.serviceAccount?.annotations, "an annotation"),
  );
};

const ownLabelProblems = (podLabels: object, at: At): Problem[] =>
  Object.keys(podLabels)
    .filter((key) => OWN_LABELS.includes(key))
    .map((key) => at(`.podLabels.${key}`, `the pods carry this label already, with a value of the endpoint's; take another key than ${OWN_LABELS.map(show).join(", ")}`));

const accountProblems = <V>(account: PodDeployment<V>["kubernetes"]["serviceAccount"], at: At): Problem[] =>
  account?.name !== undefined && account.annotations !== undefined
    ? [at(".serviceAccount.annotations", "they are those of the account that is made; write them on the existing account, or leave out its name")]
    : [];

const referenceProblems = <V>(deployment: PodDeployment<V>, block: string): Problem[] => {
  const variables = block.replace(/kubernetes$/, "environmentVariables");
  const pod = (): PodDeployment<V>["kubernetes"] => deployment.kubernetes;
  return certain(
    () => nameProblems(`${block}.priorityClassName`, pod().priorityClassName),
    () => nameProblems(`${block}.serviceAccount.name`, pod().serviceAccount?.name),
    () => claimProblems(`${block}.collectedData.claim`, pod().collectedData),
    () => certainOfEach(deployment.secretVariables, ({ secret }, name) => nameProblems(`${variables}.${name}.secret`, secret)),
    () => certainOfEach(pod().imagePullSecrets ?? [], (secret, i) => nameProblems(`${block}.imagePullSecrets.${i}`, secret)),
  );
};

const claimProblems = <V>(path: string, collected: PodDeployment<V>["kubernetes"]["collectedData"]): Problem[] => (collected?.kind === "claim" ? nameProblems(path, collected.claim) : []);

const volumeProblems = <V>({ kubernetes: { volumes } }: PodDeployment<V>, at: At): Problem[] =>
  certainOfEach(volumes, ({ name }, i) => {
    if (Object.values(VOLUMES).some((own) => own === name)) return [at(`.volumes.${i}.name`, `the pods have a volume of this name already; take another than ${listed(Object.values(VOLUMES).map(show))}`)];
    return volumes.slice(0, Number(i)).some((earlier) => earlier.name === name) ? [at(`.volumes.${i}.name`, `expected each name once; got ${show(name)} again`)] : [];
  });

const mountsProblems = <V>(deployment: PodDeployment<V>, at: At): Problem[] => {
  const { volumeMounts } = deployment.kubernetes;
  return certainOfEach(volumeMounts, (mount, i) => {
    const here: At = (path, message) => at(`.volumeMounts.${i}${path}`, message);
    return certain(
      () => unmountableProblems(mount.name, deployment.kubernetes.volumes, here),
      () => (isOwn(folder(mount.mountPath)) ? ownPathProblems(deployment, folder(mount.mountPath), here) : []),
      () => againProblems(mount.mountPath, volumeMounts.slice(0, Number(i)), here),
    );
  });
};

type Pod = PodDeployment<unknown>["kubernetes"];

const unmountableProblems = (name: string, volumes: Pod["volumes"], at: At): Problem[] => {
  const names = volumes.map((volume) => volume.name);
  return names.includes(name) ? [] : [at(".name", `expected one of kubernetes.volumes (${listed(names.map(show))}); got ${show(name)}`)];
};

const ownPathProblems = <V>({ environment }: PodDeployment<V>, path: string, at: At): Problem[] =>
  environment?.inferenceConfig === undefined ? [at(".mountPath", `the container keeps its own files at ${show(OWN.find((own) => below(path, own)))}; mount elsewhere, such as "/data"`)] : [];

const againProblems = <V>(path: string, before: readonly PodDeployment<V>["kubernetes"]["volumeMounts"][number][], at: At): Problem[] =>
  before.some(({ mountPath }) => folder(mountPath) === folder(path)) ? [at(".mountPath", `expected each path once; got ${show(path)} again`)] : [];

/** Model and code are read-only, so that nothing can be mounted below them; keys, tokens and temporary files have volumes of their own. */
const JOBS = [JOB_PATHS.service, JOB_PATHS.record, JOB_PATHS.inputs, JOB_PATHS.outputs] as const;
const OWN = [CONTAINER.appRoot, CONTAINER.keys, CONTAINER.tokens, CONTAINER.cluster, CONTAINER.collector, CONTAINER.collected, ...JOBS, "/opt/inference-endpoints", "/opt/python"] as const;

const isOwn = (path: string): boolean => path === "/tmp" || OWN.some((own) => below(path, own));

const below = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`);

const folder = (path: string): string => path.replace(/\/+$/, "");

/** Whole devices, of which Kubernetes never promises more than it gives. */
const deviceProblems = <V>({ kubernetes: { resources } }: PodDeployment<V>, at: At): Problem[] =>
  certain(
    () => certainOfEach(resources?.limits ?? {}, (amount, kind) => (isDevice(kind) ? fractionProblems(kind, amount, at) : [])),
    () => certainOfEach(resources?.requests ?? {}, (amount, kind) => (isDevice(kind) ? apartProblems(kind, amount, resources?.limits?.[kind], at) : [])),
  );

const isDevice = (kind: string): boolean => kind.includes("/");

const fractionProblems = (kind: string, amount: unknown, at: At): Problem[] =>
  isKnown(amount) && !/^\d+$/.test(amount) ? [at(`.resources.limits.${kind}`, `expected a whole number of devices; got ${show(amount)}`)] : [];

const apartProblems = (kind: string, request: unknown, limit: unknown, at: At): Problem[] =>
  request === limit ? [] : [at(`.resources.requests.${kind}`, `a device is what its limit says: write it in limits alone; got a request of ${show(request)} and a limit of ${show(limit)}`)];
