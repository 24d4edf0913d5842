/** What the containers of every pod have in common. */
import type { Owner, PodDeployment } from "./owner.ts";

/** Longer than a gateway takes to learn that a pod is going: until then it still sends requests. */
export const PRE_STOP_SECONDS = 15;

/** The container with the model. */
export const CONTAINER_NAME = "scoring";

/** Any number but 0, above those that images give their own users; files need no owner, since all that is written is the pod's own. */
export const USER = 10_001;

/** Enough to be scheduled with care and started anywhere; what a model needs only its author knows. */
export const REQUESTS = { cpu: "100m", memory: "256Mi" } as const;

/** What the `restricted` level asks of every container. */
export const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } as const;

/** Of a service that is busy with little but waiting: of the Gateway's probes, or of the API server. */
export const SMALL = { cpu: "50m", memory: "128Mi" } as const;

/** Volumes of the pods that are the library's own, by name. */
export const VOLUMES = { keys: "keys", tokens: "tokens", cluster: "cluster", temporary: "tmp", model: "model", code: "code", collector: "collector", collected: "collected" } as const;

/** The deployment's own image, which has its packages, before the target's. */
export const imageOf = <V>({ target }: Owner<V>, { kubernetes }: PodDeployment<V>): V | undefined => kubernetes.scoringImage ?? target.scoringImage;
