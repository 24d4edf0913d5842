/** Chooses the compiler of a target. */
import type * as pulumi from "@pulumi/pulumi";
import { compileBatchEndpoint as compileAzureBatch } from "../compile/azure/batch-endpoint.ts";
import { compileEndpoint as compileAzure } from "../compile/azure/endpoint.ts";
import { batchVerdict as azureBatchVerdict } from "../compile/azure/verdict-batch.ts";
import { verdict as azureVerdict } from "../compile/azure/verdict.ts";
import { compileBatchEndpoint as compileKubernetesBatch } from "../compile/kubernetes/batch-endpoint.ts";
import { compileEndpoint as compileKubernetes } from "../compile/kubernetes/endpoint.ts";
import { batchVerdict as kubernetesBatchVerdict } from "../compile/kubernetes/verdict-batch.ts";
import { verdict as kubernetesVerdict } from "../compile/kubernetes/verdict.ts";
import type { AnyEndpoint, BatchEndpoint, BatchOn } from "../model/batch-endpoint.ts";
import type { Assets } from "../model/bundle.ts";
import type { On, OnlineEndpoint } from "../model/endpoint.ts";
import type { Plan } from "../model/plan.ts";
import type { Verdict } from "../model/refusal.ts";
import type { AzureMlTarget, KubernetesTarget } from "../model/target.ts";
import { makeAzure } from "./realise/azure.ts";
import { makeKubernetes } from "./realise/kubernetes.ts";
import type { Make } from "./realise/plan.ts";

type Late = pulumi.Input<string>;

/** What the endpoint's target says of it. */
export const judge = (endpoint: AnyEndpoint<Late>, assets: Assets): Verdict => (endpoint.kind === "online" ? judgeOnline(endpoint, assets) : judgeBatch(endpoint, assets));

const judgeOnline = (endpoint: OnlineEndpoint<Late>, assets: Assets): Verdict =>
  isOnAzure(endpoint) ? azureVerdict(endpoint, assets) : kubernetesVerdict(endpoint as On<Late, KubernetesTarget<Late>>, assets);

const judgeBatch = (endpoint: BatchEndpoint<Late>, assets: Assets): Verdict =>
  isOnAzure(endpoint) ? azureBatchVerdict(endpoint, assets) : kubernetesBatchVerdict(endpoint as BatchOn<Late, KubernetesTarget<Late>>, assets);

/** A copy with another type would read what was refused. */
const isOnAzure = <E extends AnyEndpoint<Late>>(endpoint: E): endpoint is E & { readonly target: AzureMlTarget<Late> } => endpoint.target.type === "azureMl";

/** Who makes an endpoint's resources, with its plan. */
interface Compiled {
  readonly plan: Plan;
  readonly make: Make;
}

/** The plan of an endpoint that its target does not refuse, and who makes its resources. */
export const compile = (endpoint: AnyEndpoint<Late>, assets: Assets): Compiled => (endpoint.kind === "online" ? compileOnline(endpoint, assets) : compileBatch(endpoint, assets));

const compileOnline = (endpoint: OnlineEndpoint<Late>, assets: Assets): Compiled =>
  isOnAzure(endpoint)
    ? { plan: compileAzure(endpoint, assets), make: makeAzure }
    : { plan: compileKubernetes(endpoint as On<Late, KubernetesTarget<Late>>, assets), make: makeKubernetes };

const compileBatch = (endpoint: BatchEndpoint<Late>, assets: Assets): Compiled =>
  isOnAzure(endpoint)
    ? { plan: compileAzureBatch(endpoint, assets), make: makeAzure }
    : { plan: compileKubernetesBatch(endpoint as BatchOn<Late, KubernetesTarget<Late>>, assets), make: makeKubernetes };
