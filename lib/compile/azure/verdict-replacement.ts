/** Deployments that are replaced side by side: their longer names, and the places that two of them take for a while. */
import type { On } from "../../model/endpoint.ts";
import { NAME_LIMIT } from "../../model/names.ts";
import { DEPLOYMENT_LIMIT } from "../../model/parse-fields.ts";
import { show, type Problem, type Verdict } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import { deployedName, SUFFIX } from "./replacement.ts";
import { certainOfEach, judged } from "../../model/refused.ts";

const FIXED = 'the endpoint\'s own program routes to a name that does not change: write "deleteFirst", and for a change of what Azure cannot change another deployment beside this one';

export const replacementVerdict = <V>(endpoint: On<V, AzureMlTarget<V>>): Verdict => {
  const doubled = certainOfEach(endpoint.deployments, ({ azure }, name) => (azure.replacement === "sideBySide" ? [name] : []));
  if (doubled.length === 0) return { problems: [], warnings: [] };
  if (endpoint.existing) return { problems: doubled.map((name) => ({ path: `deployments.${name}.azure.replacement`, message: FIXED })), warnings: [] };
  const names = [...Object.keys(endpoint.deployments), ...endpoint.external];
  return judged(
    () => ({ problems: lengthProblems(doubled) }),
    () => ({ problems: clashes(endpoint, names, doubled) }),
    () => placesVerdict(names.length, doubled.length),
  );
};

const lengthProblems = (doubled: readonly string[]): Problem[] =>
  doubled
    .filter((name) => name.length + SUFFIX > NAME_LIMIT)
    .map((name) => ({
      path: `deployments.${name}`,
      message: `replacement "sideBySide" adds ${SUFFIX} characters to a name that Azure limits to ${NAME_LIMIT}: expected ${NAME_LIMIT - SUFFIX} characters or fewer; got ${name.length}`,
      value: name,
    }));

const clashes = <V>(endpoint: On<V, AzureMlTarget<V>>, names: readonly string[], doubled: readonly string[]): Problem[] =>
  certainOfEach(doubled, (name) => {
    const deployed = deployedName(endpoint, name);
    const [other] = certainOfEach(names, (each) => (each !== name && deployedName(endpoint, each) === deployed ? [each] : []));
    if (other === undefined) return [];
    return [{ path: `deployments.${other}`, message: `deployment ${show(name)} is called ${show(deployed)} at Azure, by its replacement "sideBySide": choose another name`, value: other }];
  });

/** A replaced deployment and its successor both count, until the first is deleted. */
const placesVerdict = (all: number, doubled: number): Verdict => {
  const both = `an endpoint has ${DEPLOYMENT_LIMIT} deployments at most, and replacement "sideBySide" has two of one for a while`;
  if (all + 1 > DEPLOYMENT_LIMIT)
    return { problems: [{ path: "deployments", message: `${both}: expected ${DEPLOYMENT_LIMIT - 1} deployments or fewer; got ${all}` }], warnings: [] };
  const atOnce = DEPLOYMENT_LIMIT - all;
  if (doubled <= atOnce) return { problems: [], warnings: [] };
  return { problems: [], warnings: [{ path: "deployments", message: `${both}: no more than ${atOnce} of these ${all} can be replaced in one update` }] };
};
