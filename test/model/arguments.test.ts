/** The documented arguments and the schemas say the same, key by key. The compiler checks it; a run only loads the file. */
import { describe, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import { modelBatchDeployment, pipelineBatchDeployment, type ModelBatchDeploymentArgs, type PipelineBatchDeploymentArgs } from "../../lib/model/batch-deployment.ts";
import { batchEndpointFields, type BatchEndpointArgs } from "../../lib/model/batch-endpoint.ts";
import type { OnlineEndpointArgs } from "../../lib/model/endpoint.ts";
import { onlineEndpointFields } from "../../lib/model/endpoint.ts";
import { onlineDeployment, type OnlineDeploymentArgs } from "../../lib/model/online-deployment.ts";

/** Stands for a late value: nothing else is assignable to it. */
declare const late: unique symbol;
type Late = { readonly [late]: true };

type Fields = ReturnType<typeof onlineEndpointFields<Late>>;
type Written = { [K in keyof Fields]: z.input<Fields[K]> };
type BatchFields = ReturnType<typeof batchEndpointFields<Late>>;
type BatchWritten = { [K in keyof BatchFields]: z.input<BatchFields[K]> };
type Deployment = z.input<ReturnType<typeof onlineDeployment<Late>>>;

/** Every key, at any depth, as a path; the same in both where the shapes are the same. */
type Keys<T> = T extends Late | string | number | boolean | undefined | readonly unknown[]
  ? never
  : { [K in keyof T & string]-?: K | `${K}.${Keys<NonNullable<T[K]>>}` }[keyof T & string];

describe("documented arguments", () => {
  it("of an endpoint are those of the schema", () => {
    expectTypeOf<Keys<OnlineEndpointArgs<Late>>>().toEqualTypeOf<Keys<Written>>();
  });

  it("of a batch endpoint are those of the schema", () => {
    expectTypeOf<Keys<BatchEndpointArgs<Late>>>().toEqualTypeOf<Keys<BatchWritten>>();
  });

  it("of a batch deployment are those of the schema, for a model and for a pipeline", () => {
    expectTypeOf<Keys<ModelBatchDeploymentArgs<Late>>>().toEqualTypeOf<Keys<z.input<ReturnType<typeof modelBatchDeployment<Late>>>>>();
    expectTypeOf<Keys<PipelineBatchDeploymentArgs<Late>>>().toEqualTypeOf<Keys<z.input<ReturnType<typeof pipelineBatchDeployment<Late>>>>>();
  });

  it("of a deployment are those of the schema", () => {
    expectTypeOf<Keys<OnlineDeploymentArgs<Late>>>().toEqualTypeOf<Keys<Deployment>>();
  });
});
