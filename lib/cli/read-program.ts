/** Runs a program in a child and gives what it declared. */
import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Collected, CollectRequest } from "./collected.ts";
import type { Configuration } from "./config.ts";
import type { Program } from "./project.ts";

/** `.ts` from the sources, `.js` from the package: beside this file, in the same form. */
const ENTRY = fileURLToPath(new URL(`./collect${extname(import.meta.url)}`, import.meta.url));

/** One child a run, so that a reload sees every changed file. What the program prints goes to standard error, which keeps `render` clean. */
export const readProgram = (program: Program, { stack, values, secretKeys }: Configuration, signal?: AbortSignal): Promise<Collected> =>
  new Promise((resolve) => {
    const child = fork(ENTRY, [], { execArgv: execArgv(program), stdio: ["ignore", 2, 2, "ipc"], ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" }) });
    const request: CollectRequest = { program, stack, values, secretKeys };
    child.once("message", (collected) => resolve(collected as Collected));
    const failed = (error: string): void => resolve({ declared: [], refusals: [], files: [], error });
    child.once("error", (error) => failed(`the program could not be run: ${error.message}`));
    child.once("exit", (code, by) => failed(`the program ended by itself (${by ?? `exit code ${code}`}) before everything it declared was known`));
    child.send(request);
  });

/** ESM TypeScript is Node's own business; enums and namespaces want to be transformed, as ts-node would. */
const execArgv = ({ nodeOptions, typescript }: Program): string[] => [
  ...(typescript ? ["--experimental-transform-types"] : []),
  "--disable-warning=ExperimentalWarning",
  ...(nodeOptions?.split(/\s+/).filter((part) => part !== "") ?? []),
];
