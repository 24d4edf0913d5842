/** Pods that the API server would refuse, or that could not start. */
import { listed, show, type At, type Problem } from "../../model/refusal.ts";
import { JOB_PATHS } from "../../scoring/contract/batch-cluster.ts";
import { CONTAINER } from "../../scoring/contract.ts";
import { VOLUMES } from "./containers.ts";
import { OWN_LABELS } from "./metadata.ts";
import { isKnown, keyProblems, labelProblems, nameProblems } from "./verdict-metadata.ts";
import type { Owner, PodDeployment } from "./owner.ts";

export const podProblems = <V>(endpoint: Owner<V>, name: string): Problem[] => {
  const deployment = endpoint.deployments[name] as PodDeployment<V>;
  const block = `deployments.${name}.kubernetes`;
  const at: At = (path, message) => ({ path: `${block}${path}`, message });
  return [
    ...metadataProblems(deployment, name, at),
    ...referenceProblems(deployment, block),
    ...volumeProblems(deployment, at),
    ...mountProblems(deployment, at),
    ...deviceProblems(deployment, at),
  ];
};

const metadataProblems = <V>({ kubernetes, tags }: PodDeployment<V>, name: string, at: At): Problem[] => {
  const { nodeSelector, podAnnotations, podLabels = {}, serviceAccount } = kubernetes;
  const block = `deployments.${name}.kubernetes`;
  const own = Object.keys(podLabels).filter((key) => OWN_LABELS.includes(key));
  const both = serviceAccount?.name !== undefined && serviceAccount.annotations !== undefined;
  return [
    ...own.map((key) => at(`.podLabels.${key}`, `the pods carry this label already, with a value of the endpoint's; take another key than ${OWN_LABELS.map(show).join(", ")}`)),
    ...(both ? [at(".serviceAccount.annotations", "they are those of the account that is made; write them on the existing account, or leave out its name")] : []),
    ...keyProblems(`deployments.${name}.tags`, tags, "an annotation"),
    ...labelProblems(`${block}.podLabels`, podLabels),
    ...keyProblems(`${block}.podAnnotations`, podAnnotations, "an annotation"),
    ...labelProblems(`${block}.nodeSelector`, nodeSelector),
    ...keyProblems(`${block}.serviceAccount.annotations`, serviceAccount?.annotations, "an annotation"),
  ];
};

const referenceProblems = <V>({ kubernetes, secretVariables }: PodDeployment<V>, block: string): Problem[] => {
  const { imagePullSecrets = [], priorityClassName, serviceAccount } = kubernetes;
  return [
    ...nameProblems(`${block}.priorityClassName`, priorityClassName),
    ...nameProblems(`${block}.serviceAccount.name`, serviceAccount?.name),
    ...(kubernetes.collectedData?.kind === "claim" ? nameProblems(`${block}.collectedData.claim`, kubernetes.collectedData.claim) : []),
    ...Object.entries(secretVariables).flatMap(([name, { secret }]) => nameProblems(`${block.replace(/kubernetes$/, "environmentVariables")}.${name}.secret`, secret)),
    ...imagePullSecrets.flatMap((secret, i) => nameProblems(`${block}.imagePullSecrets.${i}`, secret)),
  ];
};

const volumeProblems = <V>({ kubernetes: { volumes } }: PodDeployment<V>, at: At): Problem[] =>
  volumes.flatMap(({ name }, i) => {
    if (Object.values(VOLUMES).some((own) => own === name)) return [at(`.volumes.${i}.name`, `the pods have a volume of this name already; take another than ${listed(Object.values(VOLUMES).map(show))}`)];
    return volumes.slice(0, i).some((earlier) => earlier.name === name) ? [at(`.volumes.${i}.name`, `expected each name once; got ${show(name)} again`)] : [];
  });

const mountProblems = <V>({ environment, kubernetes: { volumeMounts, volumes } }: PodDeployment<V>, at: At): Problem[] =>
  volumeMounts.flatMap(({ mountPath, name }, i) => {
    const path = folder(mountPath);
    const names = volumes.map((volume) => volume.name);
    const again = volumeMounts.slice(0, i).some((earlier) => folder(earlier.mountPath) === path);
    return [
      ...(names.includes(name) ? [] : [at(`.volumeMounts.${i}.name`, `expected one of kubernetes.volumes (${listed(names.map(show))}); got ${show(name)}`)]),
      ...(environment?.inferenceConfig === undefined && isOwn(path) ? [at(`.volumeMounts.${i}.mountPath`, `the container keeps its own files at ${show(OWN.find((own) => below(path, own)))}; mount elsewhere, such as "/data"`)] : []),
      ...(again ? [at(`.volumeMounts.${i}.mountPath`, `expected each path once; got ${show(mountPath)} again`)] : []),
    ];
  });

/** Model and code are read-only, so that nothing can be mounted below them; keys, tokens and temporary files have volumes of their own. */
const JOBS = [JOB_PATHS.service, JOB_PATHS.record, JOB_PATHS.inputs, JOB_PATHS.outputs] as const;
const OWN = [CONTAINER.appRoot, CONTAINER.keys, CONTAINER.tokens, CONTAINER.cluster, CONTAINER.collector, CONTAINER.collected, ...JOBS, "/opt/inference-endpoints", "/opt/python"] as const;

const isOwn = (path: string): boolean => path === "/tmp" || OWN.some((own) => below(path, own));

const below = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`);

const folder = (path: string): string => path.replace(/\/+$/, "");

/** Whole devices, of which Kubernetes never promises more than it gives. */
const deviceProblems = <V>({ kubernetes: { resources = {} } }: PodDeployment<V>, at: At): Problem[] => {
  const { limits = {}, requests = {} } = resources;
  const devices = (amounts: object): string[] => Object.keys(amounts).filter((kind) => kind.includes("/"));
  const fractions = devices(limits).filter((kind) => isKnown(limits[kind]) && !/^\d+$/.test(limits[kind]));
  const apart = devices(requests).filter((kind) => limits[kind] !== requests[kind]);
  return [
    ...fractions.map((kind) => at(`.resources.limits.${kind}`, `expected a whole number of devices; got ${show(limits[kind])}`)),
    ...apart.map((kind) => at(`.resources.requests.${kind}`, `a device is what its limit says: write it in limits alone; got a request of ${show(requests[kind])} and a limit of ${show(limits[kind])}`)),
  ];
};
