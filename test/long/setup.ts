/** The Python environment of the long tests, beside those of the others. */
import { install } from "../kept.ts";
import others from "../setup.ts";
import { onnxPackages } from "./python.ts";

export default function setup(): void {
  others();
  install(onnxPackages);
}
