/** Keys, values and names that the API server would refuse. */
import { show, type Problem } from "../../model/refusal.ts";
import { certainOfEach, unlessRefused } from "../../model/refused.ts";

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const NAMESPACE = new RegExp(`^(?=.{1,63}$)${LABEL}$`);
const PREFIX = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** Text that can be judged: `<path>` stands for what is not known yet when a plan is printed. */
export const isKnown = (value: unknown): value is string => typeof value === "string" && !/^<.*>$/s.test(value);

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
      value: unlessRefused(() => map?.[key]),
    }));

/** The same, and values that are none of a label. */
export const labelProblems = (path: string, map: Readonly<Record<string, unknown>> | undefined): Problem[] => [
  ...keyProblems(path, map, "a label"),
  ...certainOfEach(map ?? {}, (value, key) => {
    if (!isKnown(value) || value === "" || NAME.test(value)) return [];
    return [{ path: `${path}.${key}`, message: `expected the value of a label: 63 letters, digits, "-", "_" and "." at most, with a letter or digit first and last; got ${show(value)}`, value }];
  }),
];

/** Why no object is called so. What is not known yet, the API server judges. */
export const nameProblems = (path: string, name: unknown): Problem[] =>
  !isKnown(name) || PREFIX.test(name)
    ? []
    : [{ path, message: `expected a name of Kubernetes: 253 of a-z, 0-9, "-" and "." at most, with a letter or digit first and last; got ${show(name)}`, value: name }];

/** Why no namespace is called so. */
export const namespaceProblems = (path: string, name: unknown): Problem[] =>
  !isKnown(name) || NAMESPACE.test(name)
    ? []
    : [{ path, message: `expected a namespace: 1 to 63 of a-z, 0-9 and "-", with a letter or digit first and last; got ${show(name)}`, value: name }];

const suggestion = (key: string): string => {
  const legal = key.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return isLegal(legal) ? `; write ${show(legal)}` : "";
};
