/** What `dev` and `render` have in common: from a program's name and the flags to its endpoints. */
import type { TargetName } from "./target-name.ts";
import { findProject, type Program } from "./project.ts";
import { readConfiguration, type Configuration } from "./config.ts";
import { fill, type Filled, type Secrets } from "./fill.ts";
import { readProgram } from "./read-program.ts";
import { Refused } from "./refusal.ts";
import { parseSettings, Settings, type Setting } from "./sets.ts";

/** The flags that both verbs have. */
export interface ProgramOptions {
  readonly stack?: string | undefined;
  readonly config?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
}

/** A program that was found, with its configuration. */
export interface Opened {
  readonly program: Program;
  readonly configuration: Configuration;
  readonly settings: readonly Setting[];
}

/** What a run of the program gave. */
export interface Declarations {
  readonly endpoints: readonly Filled[];
  /** What the program's own target says, where it refuses an endpoint. */
  readonly refusals: readonly string[];
  readonly files: readonly string[];
}

/** The program could not be run, or ended early. The files are those it got to load. */
export class ProgramFailed extends Refused {
  readonly files: readonly string[];

  constructor(message: string, files: readonly string[]) {
    super(message);
    this.files = files;
  }
}

/** Finds the program and reads its configuration. */
export const open = (named: string | undefined, options: ProgramOptions, cwd: string, env: Readonly<NodeJS.ProcessEnv>): Opened => {
  const project = findProject(named, cwd);
  return { program: project.program, configuration: readConfiguration(project, options, env), settings: parseSettings(options.set ?? []) };
};

/** `organisation/project/stack`, as the child calls it. */
export const stackOf = ({ configuration, program }: Opened): string => `organization/${program.project}/${configuration.stack}`;

/** How a run is read. */
export interface Reading {
  readonly secrets: Secrets;
  /** The target that is wanted, where it may be another than an endpoint's own: then its arguments are not the endpoint's paths. */
  readonly target?: TargetName | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs it. */
export const declarations = async ({ program, configuration, settings }: Opened, { secrets, signal, target }: Reading): Promise<Declarations> => {
  const collected = await readProgram(program, configuration, signal);
  const { error, files, refusals } = collected;
  if (error !== undefined) throw new ProgramFailed([error, ...refusals.map(({ message }) => message), ...configuration.notes].join("\n"), files);
  const mine = new Settings(settings, target);
  const paths = new Set<string>();
  const endpoints = collected.declared.map((declared) => fill(declared, mine, secrets, program.cwd, paths));
  if (endpoints.length === 0) throw new ProgramFailed(`${program.entry} declares no endpoint`, files);
  mine.refuseUnused([...paths], endpoints.map(({ endpoint }) => endpoint.name));
  return { endpoints, refusals: refusals.map(({ message }) => message), files };
};
