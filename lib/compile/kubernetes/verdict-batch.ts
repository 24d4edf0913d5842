/** What a cluster cannot do of a batch endpoint. */
import type { BatchOn } from "../../model/batch-endpoint.ts";
import type { Verdict } from "../../model/refusal.ts";
import type { KubernetesTarget } from "../../model/target.ts";

export const batchVerdict = <V>(_endpoint: BatchOn<V, KubernetesTarget<V>>): Verdict => ({
  problems: [{ path: "kind", message: 'batch endpoints run on Azure alone so far: write target: azureMl({…}); got "batch" on Kubernetes' }],
  warnings: [],
});
