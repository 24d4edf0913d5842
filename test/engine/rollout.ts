/** `examples/pipeline` as a user has copied it, with a stack on the simulated Azure, to roll out on. */
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openFrontDoor } from "../rig/azure/front-door.ts";
import { start, type Ended, type Running } from "./command.ts";
import { environment } from "./stack.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** The README's line for a key. */
const KEY = 'az ml online-endpoint get-credentials --name "$(pulumi stack output endpointName --stack prod)" --resource-group ml-prod --workspace-name models --query primaryKey --output tsv';

export interface Pipeline extends AsyncDisposable {
  /** The folder of the simulated service. */
  readonly service: string;
  /** The example's folder. */
  readonly folder: string;
  begin(...args: readonly string[]): Running;
  rollout(...args: readonly string[]): Promise<Ended>;
  pulumi(...args: readonly string[]): Promise<Ended>;
  /** `traffic` of Pulumi.prod.yaml, and that of the last update. */
  configured(): string;
  /** Changes the example's file. */
  edit(file: string, from: string, to: string): void;
}

export const newPipeline = async (): Promise<Pipeline> => {
  const root = mkdtempSync(join(tmpdir(), "pipeline-"));
  const service = join(root, "service");
  const folder = join(root, "examples/pipeline");
  for (const made of ["backend", "home", "node_modules", "service"]) mkdirSync(join(root, made));
  for (const example of ["pipeline", "quickstart"]) cpSync(join(top, "examples", example), join(root, "examples", example), { recursive: true });
  for (const name of ["@pulumi", "yaml"]) symlinkSync(join(top, "node_modules", name), join(root, "node_modules", name));
  symlinkSync(top, join(root, "node_modules/inference-endpoints"));
  writeFileSync(join(root, "examples/package.json"), JSON.stringify({ type: "module" }));
  const env = environment(root, service);
  const door = await openFrontDoor(service);
  const begin: Pipeline["begin"] = (...args) => start("node", ["rollout.ts", ...args, "--stack", "prod", "--key-command", KEY], folder, env);
  const pulumi: Pipeline["pulumi"] = (...args) => start("pulumi", [...args, "--non-interactive", "--color", "never"], folder, env).ended;
  const made = await pulumi("stack", "init", "prod");
  if (made.code !== 0) throw new Error(made.output);
  return {
    service,
    folder,
    begin,
    rollout: (...args) => begin(...args).ended,
    pulumi,
    configured: () => readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8").split("traffic:\n")[1]?.replace(/^\S[^]*/m, "").replaceAll(/\s+/g, " ").trim() ?? "",
    edit: (file, from, to) => {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      writeFileSync(join(folder, file), text.replace(from, to));
    },
    [Symbol.asyncDispose]: async () => {
      door.closeAllConnections();
      await once(door.close(), "close");
      rmSync(root, { recursive: true, force: true });
    },
  };
};
