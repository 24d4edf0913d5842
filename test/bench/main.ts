/** Prints the figures that the README quotes: `npm run bench`, or one of them by name, `npm run bench import`. */
import { availableParallelism, cpus } from "node:os";
import { benchBatch } from "./batch.ts";
import { benchCompile } from "./compile.ts";
import { benchImport } from "./import.ts";
import { benchPreview } from "./preview.ts";
import { benchRouter } from "./router.ts";
import { benchScoring } from "./scoring.ts";

const [asked, ...options] = process.argv.slice(2);
const quick = { import: benchImport, compile: benchCompile, preview: benchPreview, router: benchRouter };
/** Those that take long and install a lot run by name alone. */
const benches: Readonly<Record<string, () => Promise<string[]>>> = { ...quick, batch: benchBatch, scoring: () => benchScoring(options) };
const chosen = asked === undefined ? Object.values(quick) : [benches[asked]];

console.log(`Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? "unknown"}`);
for (const bench of chosen) {
  if (bench === undefined) throw new Error(`no bench ${JSON.stringify(asked)}; there are ${Object.keys(benches).join(", ")}`);
  console.log(`\n${(await bench()).join("\n")}`);
}
