/** The plugin as the engine starts it: serves until its parent is gone, and says its port on the first line. */
import { createRequire } from "node:module";
import { client } from "./client.ts";
import { provider } from "./provider.ts";
import { serve } from "./server.ts";

const folder = process.env["AZURE_SERVICE"];
if (folder === undefined || folder === "") {
  process.stderr.write("AZURE_SERVICE must name the folder of the simulated Azure\n");
  process.exit(1);
}

const { version } = createRequire(import.meta.url)("@pulumi/azure-native/package.json") as { version: string };
const { port } = await serve(provider(client(folder), version));
process.stdout.write(`${port}\n`);

// An engine that was killed cannot end its plugins.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 200).unref();
