/**
 * What to do about what Azure refused. The provider prints what the service said; it does not know which argument of the endpoint stands behind
 * it. Texts of the service are matched by the words that its documentation and its tools repeat, never by whole sentences.
 */
import { DONE, importLine, type Failure } from "../../model/failure.ts";

/** One text: which resource, what the service said, what to do next. */
export const advise = (failure: Failure): string => {
  const { message, operation } = failure;
  const rule = RULES.find(({ fits, when }) => when.test(message) && (fits === undefined || fits(failure)));
  const next = rule === undefined ? `${whatIsThere(failure)}Change what it names, and run pulumi up again.` : rule.say(failure);
  return `${subject(failure)} could not be ${DONE[operation]}. Azure said: ${said(message)}\n${next}`;
};

interface Rule {
  readonly when: RegExp;
  /** @default - any failure */
  readonly fits?: (failure: Failure) => boolean;
  readonly say: (failure: Failure) => string;
}

/** What fails to be made may have been to replace what was deleted for it. */
const whatIsThere = (failure: Failure): string => {
  if (failure.operation !== "create") return "What is there has stayed as it was. ";
  return isDeployment(failure) ? "It does not run now; if it was to replace one of its name, that one has been deleted. " : "";
};

const isDeployment = ({ type }: Failure): boolean => /:(?:Online|Batch)Deployment$/.test(type);
const isOnlineDeployment = ({ type }: Failure): boolean => type.endsWith(":OnlineDeployment");
const isRouting = ({ type }: Failure): boolean => type === "azure-native:resources:Deployment";

const INTERRUPTED = /context cancell?ed|"Canceled"/;

/** The first that fits is given. */
const RULES: readonly Rule[] = [
  // Of the same principal, role and scope, by a name that is not ours: an import would delete somebody's grant with the stack.
  { when: /RoleAssignmentExists|role assignment already exists/i, fits: ({ operation }) => operation === "create", say: () => `Azure, or somebody else, has granted this already: ${LEAVE_OUT}, and run pulumi up again.` },
  {
    when: /already exist/i,
    fits: ({ operation }) => operation === "create",
    say: (failure) =>
      `If an earlier pulumi up was killed while it made this, take it into the stack, and run pulumi up again:\n  ${takenIn(failure)}\n` +
      `If it belongs to somebody else, ${failure.type.endsWith(":RoleAssignment") ? LEAVE_OUT : 'give the endpoint another "name"'}.`,
  },
  {
    when: /\b409\b|Conflict|cannot be (?:changed|modified)|immutable|already exist/i,
    fits: ({ operation, type }) => operation !== "delete" && /:(?:Model|Data)Version$/.test(type),
    say: ({ type }) =>
      type.endsWith(":DataVersion")
        ? 'What is registered under a version never changes. Give another "version", and run pulumi up again.'
        : 'What is registered under a version never changes. Give another "version", or leave it out: then it is made of the content; where only azureMl({ storage }) has changed, give the model another "name"; and run pulumi up again.',
  },
  {
    when: /live traffic|non-?zero traffic/i,
    say: (failure) => `It has traffic, so it cannot be ${failure.parent === undefined ? "deleted" : "replaced under its name"}, and nothing was lost. ${drained(failure)}`,
  },
  {
    // The state now holds it for one that never came up, which a plain up would replace.
    when: INTERRUPTED,
    fits: (failure) => isDeployment(failure) && failure.operation === "update",
    say: () => "It was interrupted. Run pulumi up --refresh: it finds out how far this went, and goes on.",
  },
  { when: INTERRUPTED, say: () => "It was interrupted. Run pulumi up again: it finds out how far this went." },
  {
    when: /egressPublicNetworkAccess/,
    fits: isDeployment,
    say: () => 'Azure cannot change it in place. Write "enabled" or "disabled" instead of leaving it out: then the deployment is replaced.',
  },
  {
    when: /unrecoverable|initial provisioning/i,
    fits: isDeployment,
    say: (failure) => `${logs(failure)} Correct what they name, and run pulumi up again: it deletes this deployment and makes it anew.`,
  },
  {
    when: /identity does not have (pull )?permission|AcrPull/i,
    fits: isDeployment,
    say: () => "Grant the endpoint's identity the roles by azure.roleAssignments, and run pulumi up again: it deletes this deployment and makes it anew.",
  },
  {
    when: /quota/i,
    say: ({ inputs }) =>
      `Ask for less (instanceCount, azure.instanceType${instanceType(inputs)}), or for more quota: ${QUOTA}. Azure reserves a fifth more than the instances, for upgrades.`,
  },
  {
    when: /KeyBasedAuthenticationNotPermitted/,
    say: () => "The provider uploads with the account's key. Allow shared keys on the storage account, or name another in target.storage, or register models and code yourself (azureml:<name>:<version>).",
  },
  {
    when: /LinkedAuthorizationFailed/,
    say: () => 'Whoever runs pulumi up needs the role "Managed Identity Operator" on the endpoint\'s user-assigned identity.',
  },
  {
    when: /AuthorizationFailed|Forbidden|\b403\b/,
    say: () => "Whoever runs pulumi up needs a role with the action it names, on that scope or above it. A role that was just given takes some minutes to arrive; then run pulumi up again.",
  },
  {
    when: /compute ?type/i,
    fits: isOnlineDeployment,
    say: () => `A deployment has the kind of compute that its endpoint has, and existingEndpoint() says the owner's. ${KEPT_COMPUTE}`,
  },
  { when: /\bcompute\b/i, fits: isRouting, say: () => KEPT_COMPUTE },
  {
    when: /identit(y|ies)/i,
    fits: isRouting,
    say: () => `An endpoint keeps its identity for life. Give it back${OR_RENAMED}`,
  },
  {
    when: /\b409\b|Conflict|AnotherOperation|OperationCanceled|provisioning state/i,
    say: () => "Another change of this endpoint is under way. Wait until it is done, and run pulumi up again: what was done stays.",
  },
  { when: /ImageBuildFailure|ResourceNotReady|CrashLoop|UserScript/, fits: isDeployment, say: (failure) => `${logs(failure)} Correct what they name, and run pulumi up again.` },
];

const OR_RENAMED = ', or give the endpoint another "name": then a second one is made, complete, before this one is deleted.';

const KEPT_COMPUTE = `An endpoint keeps its compute for life. Give azure.compute back as it was${OR_RENAMED}`;

const LEAVE_OUT = "leave it out of azure.roleAssignments or azure.callers";

/** How a deployment loses the share that keeps it from being deleted; where the program declares it still, it was to be replaced. */
const drained = ({ inputs, joined, parent }: Failure): string => {
  const share = `traffic.${text(inputs["deploymentName"])} 0`;
  if (parent === undefined)
    return joined
      ? `The program that owns the endpoint gives ${share} and runs pulumi up first; then run it here again.`
      : `Declare it again, give ${share}, and run pulumi up; then take it out, and run it again.`;
  const mended = "If its last change failed or was interrupted, and nothing else is to change, pulumi up --refresh goes on.";
  const ways = joined
    ? `The program that owns the endpoint gives ${share} and runs pulumi up before the change, and gives the traffic back after it; or declare another deployment beside this one.`
    : `Either give ${share}, run pulumi up, make the change, run it again, and give the traffic back; or write azure.replacement "sideBySide"; or, for another workspace, resource group or location, give the endpoint another "name".`;
  return `${ways} ${mended}`;
};

const QUOTA = "the workspace's page Quota, or az ml compute list-usage";

const logs = ({ inputs, type }: Failure): string => {
  const command = type.endsWith(":BatchDeployment") ? "batch-deployment show" : "online-deployment get-logs";
  return `Its logs say more: az ml ${command} --endpoint-name ${text(inputs["endpointName"])} --name ${text(inputs["deploymentName"])}.`;
};

/** What is there, by the id that the service names. */
const takenIn = (failure: Failure): string => importLine(failure, /['"](\/[^'"]+)['"]/.exec(failure.message)?.[1] ?? "<its id>");

const subject = ({ inputs, logicalName, type }: Failure): string => {
  if (inputs["deploymentName"] !== undefined && inputs["endpointName"] !== undefined)
    return `Deployment ${JSON.stringify(text(inputs["deploymentName"]))} of endpoint ${JSON.stringify(text(inputs["endpointName"]))}`;
  if (inputs["endpointName"] !== undefined) return `Endpoint ${JSON.stringify(text(inputs["endpointName"]))}`;
  const routed = /\/([^/]+)$/.exec(text(parameter(inputs, "name")))?.[1];
  return routed === undefined ? `${type.split(":").at(-1)} ${logicalName}` : `The routing of endpoint ${JSON.stringify(routed)}`;
};

/** A value that the routing hands to its template. */
const parameter = (inputs: Failure["inputs"], name: string): unknown => {
  const { parameters } = (inputs["properties"] ?? {}) as { readonly parameters?: Readonly<Record<string, { readonly value?: unknown }>> };
  return parameters?.[name]?.value;
};

const instanceType = (inputs: Failure["inputs"]): string => {
  const { instanceType: found } = (inputs["properties"] ?? {}) as { readonly instanceType?: unknown };
  return typeof found === "string" ? ` ${found}` : "";
};

const text = (value: unknown): string => (typeof value === "string" ? value : "?");

/** The innermost message: errors of nested deployments come wrapped. */
const said = (message: string): string => {
  const messages = [...message.matchAll(/\\?"?message\\?"?\s*[:=]\s*\\?"((?:[^"\\]|\\(?!"))*)/gi)].map((match) => match[1] ?? "");
  return (messages.findLast((one) => one.trim() !== "") ?? message).trim().replaceAll(/\s+/g, " ");
};
