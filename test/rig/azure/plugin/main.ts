/** The simulated azure-native, as the engine starts it. */
import { createRequire } from "node:module";
import { client } from "./client.ts";
import { provider } from "./provider.ts";
import { start } from "../../plugin/start.ts";

const folder = process.env["AZURE_SERVICE"];
if (folder === undefined || folder === "") {
  process.stderr.write("AZURE_SERVICE must name the folder of the simulated Azure\n");
  process.exit(1);
}

const { version } = createRequire(import.meta.url)("@pulumi/azure-native/package.json") as { version: string };
await start(provider(client(folder), version));
