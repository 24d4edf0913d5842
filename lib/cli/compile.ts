/** A plan for any target, or the target's refusal. */
import { compileEndpoint as compileAzure } from "../compile/azure/endpoint.ts";
import { verdict as azureVerdict } from "../compile/azure/verdict.ts";
import { compileEndpoint as compileKubernetes } from "../compile/kubernetes/endpoint.ts";
import { verdict as kubernetesVerdict } from "../compile/kubernetes/verdict.ts";
import { compileEndpoint as compileLocal } from "../compile/local/endpoint.ts";
import type { LocalPlan } from "../compile/local/plan.ts";
import { verdict as localVerdict } from "../compile/local/verdict.ts";
import type { Assets } from "../model/bundle.ts";
import type { On, OnlineEndpoint } from "../model/endpoint.ts";
import type { Plan } from "../model/plan.ts";
import { InvalidArgs, type Problem, type Verdict } from "../model/refusal.ts";
import type { AzureMlTarget, KubernetesTarget } from "../model/target.ts";
import type { TargetName } from "./target-name.ts";

/** A plan with what its target warns of. */
export type Compiled =
  | { readonly target: "azure" | "kubernetes"; readonly plan: Plan; readonly warnings: readonly Problem[] }
  | { readonly target: "local"; readonly plan: LocalPlan<string>; readonly warnings: readonly Problem[] };

/**
 * Checks and compiles. The endpoint's own target must be of the kind asked for; see `retarget`.
 *
 * @throws InvalidArgs with the problems of the files and of the target together
 */
export const compile = (endpoint: OnlineEndpoint<string>, target: TargetName, assets: Assets, missing: readonly Problem[] = []): Compiled => {
  const pass = (verdict: Verdict): readonly Problem[] => {
    const problems = [...missing, ...verdict.problems];
    if (problems.length > 0) throw new InvalidArgs(`Endpoint ${JSON.stringify(endpoint.logicalName)}`, problems);
    return verdict.warnings;
  };
  if (target === "local") {
    const warnings = pass(localVerdict(endpoint, assets));
    return { target, plan: compileLocal(endpoint, assets), warnings };
  }
  if (target === "azure") {
    const mine = endpoint as On<string, AzureMlTarget<string>>;
    const warnings = pass(azureVerdict(mine, assets));
    return { target, plan: compileAzure(mine, assets), warnings };
  }
  const mine = endpoint as On<string, KubernetesTarget<string>>;
  const warnings = pass(kubernetesVerdict(mine, assets));
  return { target, plan: compileKubernetes(mine, assets), warnings };
};
