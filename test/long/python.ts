/** Python with `onnx`, which reads the stored tensors of its own test models. */
import { environment } from "../kept.ts";

export const onnxPackages = ["onnx==1.23.2", "numpy==2.4.6"];
export const onnxPython = `${environment(onnxPackages)}/bin/python`;
