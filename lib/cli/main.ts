#!/usr/bin/env node
/** The command line's entry: asks for the right Node before anything is loaded that needs it. */

/** `engines` of package.json. */
const OLDEST = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`inference-endpoints needs Node ${OLDEST.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
const { runCommandLine } = await import("./commands.ts");
await runCommandLine(process.argv.slice(2));
