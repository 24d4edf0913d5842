#!/usr/bin/env node
/** The command line's entry: asks for the right Node before anything is loaded that needs it. */
// Not by its name, which an older Node does not have.
import module from "node:module";
import { join } from "node:path";
import { cacheHome } from "./state.ts";

/** `engines` of package.json. */
const OLDEST = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`inference-endpoints needs Node ${OLDEST.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
// What one run compiled the next one loads, which is a third of a short command's time; in the user's own folder, where nobody else can put code. A program
// runs in a child, which learns of it from the variable. Where nothing can be written, all is as it was. A server starts once, and its model's process is
// not to learn of it.
if (process.argv[2]?.startsWith("serve") !== true) {
  process.env["NODE_COMPILE_CACHE"] ??= join(cacheHome(process.env), "compiled");
  module.enableCompileCache(process.env["NODE_COMPILE_CACHE"]);
}
const { runCommandLine } = await import("./commands.ts");
await runCommandLine(process.argv.slice(2));
