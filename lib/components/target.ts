import type * as pulumi from "@pulumi/pulumi";
import type { AzureMlArgs, KubernetesArgs, TargetArgs } from "../model/target.ts";

/** A target: made by {@link azureMl} or {@link kubernetes}, given to an `Endpoint`, and checked together with it. */
export type Target = TargetArgs<pulumi.Input<string>>;

/**
 * Azure Machine Learning: a managed online endpoint, one on Kubernetes compute of the workspace (`azure.compute`), or a batch endpoint. Needs the
 * package `@pulumi/azure-native`.
 */
export const azureMl = (args: AzureMlArgs<pulumi.Input<string>>): Target => ({ ...args, type: "azureMl" });

/** Plain Kubernetes, with requests from a Gateway of the Gateway API. Needs the packages `@pulumi/kubernetes` and `@pulumi/random`. */
export const kubernetes = (args: KubernetesArgs<pulumi.Input<string>>): Target => ({ ...args, type: "kubernetes" });
