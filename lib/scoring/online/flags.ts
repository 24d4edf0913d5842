/** The command line of `serve`, as names and texts. */
import { FLAGS } from "../contract.ts";

/** A flag of the original that changes nothing any more, in neither server. It takes no value. */
const IGNORED = "--rest";

/** What stands on the command line, by the names of the options, and what is wrong with it. */
export interface Flags {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** `--flag value` and `--flag=value`. A value may begin with a dash: flags have exactly one. */
export function readFlags(argv: readonly string[]): Flags {
  const byFlag = new Map(FLAGS.map(([key, flag]) => [flag, key]));
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const [flag = "", ...rest] = (argv[at] ?? "").split("=");
    if (flag === IGNORED) continue;
    const key = byFlag.get(flag);
    const value = rest.length > 0 ? rest.join("=") : key === undefined ? undefined : argv[++at];
    if (key === undefined) problems.push(unknown(flag, byFlag));
    else if (value === undefined) problems.push(`${flag}: a value is missing`);
    else if (values[key] !== undefined) problems.push(`${flag}: given twice`);
    else values[key] = value;
  }
  return { values, problems };
}

/** `--worker-count` and `--worker_count` are told apart by nobody but a parser. */
function unknown(flag: string, known: ReadonlyMap<string, unknown>): string {
  if (!flag.startsWith("-")) return `unexpected argument ${JSON.stringify(flag)}`;
  const bare = (name: string): string => name.replaceAll(/[-_]/g, "").toLowerCase();
  const meant = [...known.keys()].find((name) => bare(name) === bare(flag));
  return `unknown flag ${flag}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
