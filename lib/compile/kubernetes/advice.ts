/**
 * What to do about what the API server or a Gateway refused. The provider prints what they said; it does not know which argument of the endpoint
 * stands behind it, or what there is to choose. Texts are matched by the words that Kubernetes itself repeats.
 */
import { DONE, importLine, type Failure } from "../../model/failure.ts";
import { listed } from "../../model/refusal.ts";

/** One text: which object, what was said, what to do next. */
export const advise = (failure: Failure): string => {
  const rule = RULES.find(({ fits, when }) => when.test(failure.message) && (fits === undefined || fits(failure)));
  const { said, next } = rule === undefined ? { said: plainly(failure.message), next: OTHERWISE } : rule.say(failure);
  return `${subject(failure)} could not be ${DONE[failure.operation]}: ${said}\n${next}`;
};

interface Said {
  readonly said: string;
  readonly next: string;
}

interface Rule {
  readonly when: RegExp;
  /** @default - any failure */
  readonly fits?: (failure: Failure) => boolean;
  readonly say: (failure: Failure) => Said;
}

const OTHERWISE = "What is there has stayed as it was. Change what it names, and run pulumi up again.";

/** An object, whose status the provider waits for. */
const isAwaited = ({ type }: Failure): boolean => /:(?:HTTPRoute|Gateway|SecurityPolicy)$/.test(type);

/** A condition as Go prints the map that it is; keys come sorted. */
const CONDITION = /message:((?:(?! observedGeneration:).)*) observedGeneration:\d+ reason:(\S+) status:False type:(\w+)/s;

/** The first that fits is given. */
const RULES: readonly Rule[] = [
  { when: /already exists/, fits: ({ operation }) => operation === "create", say: (failure) => exists(failure) },
  { when: /Apply failed with \d+ conflict/, say: (failure) => edited(failure) },
  { when: CONDITION, fits: isAwaited, say: (failure) => refused(failure) },
  {
    when: /timed out waiting/,
    fits: isAwaited,
    say: (failure) => ({
      said: "no controller has said anything of it in two minutes.",
      next: `Does its Gateway or its class have a controller that runs? See: ${kubectl(failure, "describe")}`,
    }),
  },
  {
    when: /no matches for kind|could not find the requested resource/,
    say: ({ message, type }) => ({ said: plainly(message), next: `The cluster does not know ${type.split(":")[1]}: install ${CRDS.find(([group]) => type.includes(group))?.[1] ?? "its definitions"} there, and run pulumi up again.` }),
  },
  { when: /namespaces? "[^"]*" not found/, say: ({ message }) => ({ said: plainly(message), next: "Make the namespace first, or name another in target.namespace." }) },
  {
    when: /is forbidden: User|cannot (?:create|patch|get|list|watch|delete) resource/,
    say: ({ message }) => ({ said: plainly(message), next: "Whoever runs pulumi up needs the Role that inference-endpoints doctor --permissions prints, bound in that namespace." }),
  },
  { when: /exceeded quota/, say: ({ message }) => ({ said: plainly(message), next: "Ask for less in kubernetes.resources or instanceCount, or for a larger ResourceQuota of the namespace." }) },
];

const CRDS = [
  ["gateway.networking.k8s.io", "the Gateway API (standard channel)"],
  ["gateway.envoyproxy.io", "Envoy Gateway"],
  ["keda.sh", "KEDA"],
  ["monitoring.coreos.com", "the Prometheus operator"],
] as const;

/** Somebody else made it, or an earlier `pulumi up` that was killed. */
const exists = (failure: Failure): Said => {
  const { id } = place(failure);
  const next = [
    `Whose it is, its labels and managers say: ${kubectl(failure, "get", `-o jsonpath='{.metadata.labels}{"\\n"}{.metadata.managedFields[*].manager}{"\\n"}'`)}`,
    `  adopt it: ${importLine(failure, id)}`,
    '  keep it: give the endpoint another "name"',
    `  overwrite it: ${kubectl(failure, "delete")}, and run pulumi up again`,
  ];
  return { said: "it exists already, and is not in this stack.", next: next.join("\n") };
};

/** Fields that another manager has changed since. */
const edited = ({ logicalName, message, type }: Failure): Said => {
  const managers = [...new Set([...message.matchAll(/conflicts? with "([^"]+)"/g)].map((match) => match[1] ?? ""))];
  const fields = [...new Set([...message.matchAll(/(?:^- |: )(\.[^\s]+)/gm)].map((match) => (match[1] ?? "").slice(1)))];
  const role = roleOf(logicalName, type);
  const transform = (change: string): string => `transform: { ${role}: (args, opts) => (${change}) }`;
  const next = [
    `  adopt the change: write what is there into the program, ${listed(fields)}`,
    `  keep it as theirs: ${transform(`{ args, opts: { ...opts, ignoreChanges: [${fields.map((field) => JSON.stringify(field)).join(", ")}] } }`)}`,
    `  overwrite it: ${transform('{ args: { ...args, metadata: { ...args.metadata, annotations: { ...args.metadata.annotations, "pulumi.com/patchForce": "true" } } }, opts }')}`,
  ];
  return { said: `${listed(managers)} has changed ${listed(fields)} since.`, next: next.join("\n") };
};

const ROLES: Readonly<Record<string, string>> = { HorizontalPodAutoscaler: "autoscale", PrometheusRule: "alerts", ScaledObject: "autoscale", Secret: "keys" };

/** What a `transform` calls it. */
const roleOf = (logicalName: string, type: string): string => {
  const kind = type.split(":").at(-1) ?? "";
  if (kind === "ConfigMap") return ["tokens", "collector", "dashboard"].find((role) => logicalName.endsWith(`-${role}`)) ?? "files";
  if (kind === "HTTPRoute") return logicalName.includes("--") ? "namedRoute" : "route";
  return ROLES[kind] ?? `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`;
};

/** The Gateway's own reason, and what of the endpoint stands behind it. */
const refused = (failure: Failure): Said => {
  const [, message = "", reason = "", type = ""] = CONDITION.exec(failure.message) ?? [];
  return { said: `its ${type} is False, ${reason}: ${message.trim()}`, next: REASONS[reason] ?? OTHERWISE };
};

/** By the reasons that the Gateway API has names for. */
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedByListeners: "The listener does not take routes of this namespace: have its allowedRoutes.namespaces let it in, or name another listener in gateway.listener.",
  NoMatchingListenerHostname: "No listener of the Gateway answers to kubernetes.hostname: write one of its hostnames, or add a listener.",
  NoMatchingParent: "The Gateway has no such listener: gateway.listener is the name of one of its listeners, or is left out.",
  BackendNotFound: "A Service that the route names is not there: has somebody deleted it? pulumi up --refresh makes it again.",
  RefNotPermitted: "The Gateway may not refer to it: the Secret of a Gateway that is made stands in target.namespace.",
  UnsupportedValue: "The Gateway's implementation cannot do what the route asks: gateway.implementation must say who really runs it; inference-endpoints doctor compares.",
  InvalidParameters: "The GatewayClass has parameters that its controller does not take; its own status says which.",
};

const subject = (failure: Failure): string => `${failure.type.split(":").at(-1)} ${place(failure).id}`;

const place = ({ inputs, logicalName }: Failure): { readonly id: string; readonly name: string; readonly namespace: string } => {
  const { name = logicalName, namespace = "default" } = (inputs["metadata"] ?? {}) as { readonly name?: string; readonly namespace?: string };
  return { id: `${namespace}/${name}`, name, namespace };
};

const kubectl = (failure: Failure, verb: string, flags?: string): string => {
  const { name, namespace } = place(failure);
  return ["kubectl", "-n", namespace, verb, (failure.type.split(":").at(-1) ?? "").toLowerCase(), name, ...(flags === undefined ? [] : [flags])].join(" ");
};

/** Without what the provider says around it. */
const plainly = (message: string): string => message.replace(/^.*?Kubernetes API server\s*:\s*/s, "").trim().replaceAll(/\s+/g, " ");
