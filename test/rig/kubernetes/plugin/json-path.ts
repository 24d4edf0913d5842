/** As much of kubectl's JSONPath as conditions need: `{.status.parents[0].conditions[?(@.type=="Accepted")].status}`, and `[*]`. */
import { isObject } from "../../json.ts";

/** Everything at a path. */
export const find = (object: unknown, path: string): unknown[] => {
  let found = [object];
  let rest = path.trim().replace(/^\{(.*)\}$/, "$1").replace(/^\$/, "");
  while (rest !== "") {
    const step = STEPS.map(({ pattern, take }) => ({ match: pattern.exec(rest), take })).find(({ match }) => match !== null);
    if (step === undefined || step.match === null) throw new Error(`the kubernetes provider of the tests cannot read the JSONPath ${path} from "${rest}" on`);
    const { match, take } = step;
    found = found.flatMap((value) => take(value, match)).filter((value) => value !== undefined);
    rest = rest.slice(match[0].length);
  }
  return found;
};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const STEPS: readonly { readonly pattern: RegExp; readonly take: (value: unknown, match: RegExpExecArray) => unknown[] }[] = [
  { pattern: /^\.?\[\*\]/, take: list },
  { pattern: /^\.?\[(\d+)\]/, take: (value, [, index]) => [list(value)[Number(index)]] },
  { pattern: /^\.?\[\?\(@([^=]+?)\s*==\s*(["'])(.*?)\2\)\]/, take: (value, [, path = "", , wanted]) => list(value).filter((item) => find(item, path).some((one) => String(one) === wanted)) },
  { pattern: /^\.?\[(["'])(.+?)\1\]/, take: (value, [, , key = ""]) => [isObject(value) ? value[key] : undefined] },
  { pattern: /^\.((?:[^.[\\]|\\.)+)/, take: (value, [, key = ""]) => [isObject(value) ? value[key.replaceAll(String.raw`\.`, ".")] : undefined] },
];
