/** Python with `onnx`, which reads the stored tensors of its own test models. */
import { fileURLToPath } from "node:url";

export const onnxVenv = fileURLToPath(new URL("../../node_modules/.cache/venv-onnx", import.meta.url));
export const onnxPython = `${onnxVenv}/bin/python`;
export const onnxPackages = ["onnx==1.23.2", "numpy==2.4.6"];
