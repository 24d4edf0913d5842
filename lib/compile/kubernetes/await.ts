/**
 * What the Pulumi provider waits for of objects that it knows nothing about: by itself it takes a custom resource for done once it is stored, and
 * `up` would end green over a route that the Gateway refuses.
 */

/** Annotations for the provider; they mean nothing to anybody else. */
export const PROVIDER_PREFIX = "pulumi.com/";

/** A controller says what it thinks of an object within seconds. */
const TIMEOUT_SECONDS = 120;

type Waits = Readonly<Record<string, string>>;

const waits = (paths: readonly string[]): Waits => ({
  [`${PROVIDER_PREFIX}timeoutSeconds`]: `${TIMEOUT_SECONDS}`,
  [`${PROVIDER_PREFIX}waitFor`]: JSON.stringify(paths.map((path) => `jsonpath=${path}`)),
});

/** Of this very generation: what is left of an older one says nothing of a change. */
const holds = (condition: string): string => `@.type=="${condition}" && @.status=="True" && @.observedGeneration==$.metadata.generation`;

/**
 * Never satisfied by a refused object, and the reason why it was refused: the provider says of a path that ends at an object, where a text is
 * wanted, what the object is. A timeout by itself says nothing. Of an object that is not refused the path ends at its kind.
 */
const refusal = (kind: string, refused: string): string => `{$[?${refused}, 'kind']}=${kind}`;

const untilParents = (conditions: readonly string[]): Waits => {
  const refused = conditions.map((condition) => `@.type=="${condition}"`).join(" || ");
  return waits([
    refusal("HTTPRoute", `@.parents[?@.conditions[?(${refused}) && @.status=="False"]]`),
    ...conditions.map((condition) => `{.status.parents[?@.conditions[?${holds(condition)}]]}`),
  ]);
};

/** A policy that is attached to routes: their Gateway's controller has accepted it. */
export const UNTIL_ATTACHED = waits([
  refusal("SecurityPolicy", '@.ancestors[?@.conditions[?@.type=="Accepted" && @.status=="False"]]'),
  `{.status.ancestors[?@.conditions[?${holds("Accepted")}]]}`,
]);

/** An HTTPRoute: a Gateway has accepted it, and found everything that it refers to. */
export const UNTIL_ROUTED = untilParents(["Accepted", "ResolvedRefs"]);

/** The same of one that names a Service of another program, which may come later. */
export const UNTIL_TAKEN = untilParents(["Accepted"]);

/** A Gateway that we make: its class has accepted it. `Programmed` is the infrastructure's, and stays False where the proxies run outside the cluster. */
export const UNTIL_ACCEPTED = waits([refusal("Gateway", '@.conditions[?@.type=="Accepted" && @.status=="False"]'), `{.status.conditions[?${holds("Accepted")}]}`]);
