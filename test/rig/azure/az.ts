/** `az ml online-endpoint get-credentials --name <endpoint> --resource-group … --workspace-name … --query primaryKey --output tsv`. */
import { parseArgs } from "node:util";
import { lastOf, placeOf } from "./paths.ts";
import { keysOf, look } from "./service.ts";

const text = { type: "string" } as const;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { name: text, "resource-group": text, "workspace-name": text, query: text, output: text },
});
const found = Object.values(look(process.env["AZURE_SERVICE"] ?? "").world.resources).find(({ id }) => {
  const place = placeOf(id);
  return place?.kind === "onlineEndpoint" && lastOf(id) === values.name && place.parts["resourceGroup"] === values["resource-group"] && place.parts["workspace"] === values["workspace-name"];
});
if (positionals.join(" ") !== "ml online-endpoint get-credentials" || values.output !== "tsv" || found === undefined) {
  process.stderr.write(`ERROR: (UserError) there is no such endpoint or command: ${process.argv.slice(2).join(" ")}\n`);
  process.exit(1);
}
process.stdout.write(`${keysOf(found.id)[values.query ?? ""]}\n`);
