/** The programs of the suite, as a target needs to know them, and the cases of each. */
import { BLUE_GREEN, exampleCases, QUICKSTART } from "./cases/example.ts";
import { programCases } from "./cases/program.ts";
import type { Case } from "./suite.ts";

export interface Program {
  /** Name of its results. */
  readonly name: string;
  /** Where it is in this repository. */
  readonly folder: string;
  readonly namespace: string;
  readonly endpoints: readonly string[];
  /** Configuration of its stack. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

/** Every kind of online endpoint that a cluster takes. */
export const PROGRAMS: readonly Program[] = [
  { name: "quickstart", folder: "examples/quickstart", namespace: "ml", endpoints: [QUICKSTART.endpoint], configuration: {}, cases: exampleCases(QUICKSTART) },
  { name: "blue-green", folder: "examples/blue-green", namespace: "ml", endpoints: [BLUE_GREEN.endpoint], configuration: {}, cases: exampleCases(BLUE_GREEN) },
  { name: "program", folder: "test/conformance/program", namespace: "conformance", endpoints: ["kinds", "tokens"], configuration: { tokens: "true" }, cases: programCases },
];
