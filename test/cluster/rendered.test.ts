/** The same programs from the manifests of `render --out`, applied by `kubectl` as the README says. */
import { rendered } from "./arena.ts";
import { onEachProgram } from "./programs.ts";

onEachProgram("rendered", rendered);
