/** A plan for any target, or the target's refusal. */
import { compileBatchEndpoint as compileAzureBatch } from "../compile/azure/batch-endpoint.ts";
import { compileEndpoint as compileAzure } from "../compile/azure/endpoint.ts";
import { batchVerdict as azureBatchVerdict } from "../compile/azure/verdict-batch.ts";
import { verdict as azureVerdict } from "../compile/azure/verdict.ts";
import { compileBatchEndpoint as compileKubernetesBatch } from "../compile/kubernetes/batch-endpoint.ts";
import { compileEndpoint as compileKubernetes } from "../compile/kubernetes/endpoint.ts";
import { batchVerdict as kubernetesBatchVerdict } from "../compile/kubernetes/verdict-batch.ts";
import { verdict as kubernetesVerdict } from "../compile/kubernetes/verdict.ts";
import { compileBatchEndpoint as compileLocalBatch } from "../compile/local/batch-endpoint.ts";
import { compileEndpoint as compileLocal } from "../compile/local/endpoint.ts";
import type { LocalBatchPlan, LocalPlan } from "../compile/local/plan.ts";
import { batchVerdict as localBatchVerdict } from "../compile/local/verdict-batch.ts";
import { verdict as localVerdict } from "../compile/local/verdict.ts";
import type { Assets } from "../model/bundle.ts";
import type { AnyEndpoint, BatchEndpoint, BatchOn } from "../model/batch-endpoint.ts";
import type { On, OnlineEndpoint } from "../model/endpoint.ts";
import type { Plan } from "../model/plan.ts";
import { InvalidArgs, type Problem, type Verdict } from "../model/refusal.ts";
import type { AzureMlTarget, KubernetesTarget } from "../model/target.ts";
import type { TargetName } from "./target-name.ts";

/** A plan with what its target warns of. */
export type Compiled =
  | { readonly target: "azure" | "kubernetes"; readonly plan: Plan; readonly warnings: readonly Problem[] }
  | { readonly target: "local"; readonly plan: LocalPlan<string> | LocalBatchPlan<string>; readonly warnings: readonly Problem[] };

/** What a target says, and what it would make of what it does not refuse. */
interface Judged {
  readonly verdict: Verdict;
  readonly compiled: () => DistributiveOmit<Compiled, "warnings">;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * Checks and compiles. The endpoint's own target must be of the kind asked for; see `retarget`.
 *
 * @throws InvalidArgs with the problems of the files and of the target together
 */
export const compile = (endpoint: AnyEndpoint<string>, target: TargetName, assets: Assets, missing: readonly Problem[] = []): Compiled => {
  const { compiled, verdict } = endpoint.kind === "online" ? online(endpoint, target, assets) : batch(endpoint, target, assets);
  const problems = [...missing, ...verdict.problems];
  if (problems.length > 0) throw new InvalidArgs(`Endpoint ${JSON.stringify(endpoint.logicalName)}`, problems);
  return { ...compiled(), warnings: verdict.warnings };
};

const online = (endpoint: OnlineEndpoint<string>, target: TargetName, assets: Assets): Judged => {
  if (target === "local") return { verdict: localVerdict(endpoint, assets), compiled: () => ({ target, plan: compileLocal(endpoint, assets) }) };
  if (target === "azure") {
    const mine = endpoint as On<string, AzureMlTarget<string>>;
    return { verdict: azureVerdict(mine, assets), compiled: () => ({ target, plan: compileAzure(mine, assets) }) };
  }
  const mine = endpoint as On<string, KubernetesTarget<string>>;
  return { verdict: kubernetesVerdict(mine, assets), compiled: () => ({ target, plan: compileKubernetes(mine, assets) }) };
};

const batch = (endpoint: BatchEndpoint<string>, target: TargetName, assets: Assets): Judged => {
  const mine = endpoint as BatchOn<string, AzureMlTarget<string>>;
  if (target === "azure") return { verdict: azureBatchVerdict(mine, assets), compiled: () => ({ target, plan: compileAzureBatch(mine, assets) }) };
  if (target === "local") return { verdict: localBatchVerdict(endpoint, assets), compiled: () => ({ target, plan: compileLocalBatch(endpoint, assets) }) };
  const there = endpoint as BatchOn<string, KubernetesTarget<string>>;
  return { verdict: kubernetesBatchVerdict(there, assets), compiled: () => ({ target, plan: compileKubernetesBatch(there, assets) }) };
};
