/** `node test/conformance/write-parity.ts` writes the table of `parity.ts` into README.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withTable } from "./parity.ts";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));
writeFileSync(README, withTable(readFileSync(README, "utf8")));
