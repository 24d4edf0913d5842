/** Keys that the API server would refuse. */
import { show, type Problem } from "../../model/refusal.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const PREFIX = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** Whether a label or an annotation may have this key: `name`, or `prefix.of.a.domain/name`. */
const isLegal = (key: string): boolean => {
  const [last = "", ...before] = key.split("/").toReversed();
  return NAME.test(last) && (before.length === 0 || (before.length === 1 && PREFIX.test(before[0] ?? "")));
};

/** Keys under `path` that cannot be those of `what`. */
export const keyProblems = (path: string, map: Readonly<Record<string, unknown>> | undefined, what: string): Problem[] =>
  Object.keys(map ?? {})
    .filter((key) => !isLegal(key))
    .map((key) => ({
      path: `${path}.${key}`,
      message: `on Kubernetes it is the key of ${what}: 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit first and last, and a domain before a "/" if any; got ${show(key)}${suggestion(key)}`,
      value: map?.[key],
    }));

const suggestion = (key: string): string => {
  const legal = key.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return isLegal(legal) ? `; write ${show(legal)}` : "";
};
