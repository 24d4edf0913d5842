/** The Python environment of the long tests, beside those of the others. */
import others, { install } from "../setup.ts";
import { onnxPackages, onnxVenv } from "./python.ts";

export default function setup(): void {
  others();
  install(onnxVenv, onnxPackages);
}
