/** A golden case: one declaration, compiled for every target. */
export interface Case {
  /** The endpoint's logical name. */
  readonly name: string;
  /** Everything but the target. */
  readonly args: object;
  /** Arguments of the targets, where the usual ones do not do. */
  readonly azure?: object;
  readonly kubernetes?: object;
}

export const onnx = (model: string): object => ({ path: `examples/quickstart/models/${model}.onnx` });

export const azure = { instanceType: "Standard_DS3_v2" };
