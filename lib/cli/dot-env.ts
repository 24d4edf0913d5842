/** Values for localhost of variables that stand in Secrets elsewhere: the file `.env` beside the program. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { LocalPlan } from "../compile/local/plan.ts";
import { refuse } from "./refusal.ts";

/** Where it is, whether or not it is there. */
export const dotEnv = (folder: string): string => join(folder, ".env");

/** The plans with those values in their deployments' environments. Refuses with every one that is missing. */
export const withSecrets = (plans: readonly LocalPlan<string>[], folder: string): LocalPlan<string>[] => {
  const file = dotEnv(folder);
  const wanted = plans.some(({ deployments }) => deployments.some(({ secrets }) => secrets.length > 0));
  const values: Readonly<Record<string, string | undefined>> = wanted && existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const missing = plans.flatMap((plan) =>
    plan.deployments.flatMap(({ name, secrets }) =>
      secrets.filter((secret) => values[secret] === undefined).map((secret) => `  - ${plan.name}: deployments.${name}.environmentVariables.${secret}: write ${secret}=… into ${file}, or give it with --set`),
    ),
  );
  if (missing.length > 0) refuse(["Secrets of a cluster or a vault are not read on localhost", ...missing].join("\n"));
  return plans.map((plan) => ({ ...plan, deployments: plan.deployments.map((each) => ({ ...each, environment: { ...valuesOf(each.secrets, values), ...each.environment } })) }));
};

const valuesOf = (names: readonly string[], values: Readonly<Record<string, string | undefined>>): Record<string, string> => Object.fromEntries(names.map((name) => [name, values[name] ?? ""]));
