/** Variables of a container; those that stand in Secrets are read from them when it starts. */
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { Value } from "../../model/late.ts";
import { ENVIRONMENT } from "../../scoring/contract.ts";
import type { With } from "./manifest.ts";
import type { PodDeployment } from "./owner.ts";

/** Where a script finds its files. */
interface Folders<V> {
  readonly appRoot?: string | undefined;
  readonly modelDir?: Value<V> | undefined;
}

/** Ours, then the deployment's; a name that it sets itself is its own, because a list with a name twice is refused. */
export const compileVariables = <V>(
  { environmentVariables, secretVariables }: Pick<PodDeployment<V>, "environmentVariables" | "secretVariables">,
  { appRoot, modelDir }: Folders<V>,
): With<IEnvVar, V>[] => {
  const own = { [ENVIRONMENT.appRoot]: appRoot, [ENVIRONMENT.modelDir]: modelDir };
  const kept = Object.entries(own).flatMap(([name, value]) => (value === undefined || name in environmentVariables || name in secretVariables ? [] : [{ name, value }]));
  return [
    ...kept,
    ...Object.entries(environmentVariables).map(([name, value]) => ({ name, value })),
    ...Object.entries(secretVariables).map(([name, { key, secret }]) => ({ name, valueFrom: { secretKeyRef: { key, name: secret } } })),
  ];
};
