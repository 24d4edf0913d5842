/** What the engine says it would do, and what it did: operations on resources, in the order of their beginning. */

/** One operation. */
export interface Step {
  readonly op: string;
  readonly urn: string;
}

/** What `preview --json` prints. */
interface Preview {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly { readonly message: string; readonly severity: string }[];
}

/** What a preview said that it would do. */
export const previewed = (stdout: string): Step[] => (JSON.parse(stdout) as Preview).steps?.map(({ op, urn }) => ({ op, urn })) ?? [];

/** The lines that the program told whoever read the preview. */
export const toldBy = (stdout: string): string[] =>
  (JSON.parse(stdout) as Preview).diagnostics?.flatMap(({ message, severity }) => (severity === "info" ? [message.trimEnd()] : [])) ?? [];

/** Of those lines, what changes of the deployments and shares of `credit`, or of another endpoint. */
export const changes = (told: readonly string[], endpoint = "credit"): string[] => toldOf(told, endpoint).filter((line) => /^(deployments|traffic|mirror): /.test(line));

/** What is told of one endpoint, without its name. */
export const toldOf = (told: readonly string[], endpoint: string): string[] => {
  const begin = `Endpoint ${JSON.stringify(endpoint)}: `;
  return told.flatMap((line) => (line.startsWith(begin) ? [line.slice(begin.length)] : []));
};

interface Event {
  readonly resourcePreEvent?: { readonly metadata: Step };
}

/**
 * What an event log holds, a JSON text a line; the last line may be cut where the engine was killed. Default providers are left out, as previews
 * leave them out: no program names them.
 */
export const ran = (log: string): Step[] =>
  log
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as Event).resourcePreEvent?.metadata)
    .flatMap((metadata) => (metadata === undefined || metadata.urn.split("::").at(-1)?.startsWith("default_") === true ? [] : [{ op: metadata.op, urn: metadata.urn }]));

/**
 * As a set that can be compared and read: `update azure-native:resources:Deployment credit-routing`. The halves of a replacement count as it, because
 * `preview --json` tells it as one.
 */
export const asSet = (steps: readonly Step[]): string[] => [...new Set(steps.map(({ op, urn }) => `${HALVES.has(op) ? "replace" : op} ${shortUrn(urn)}`))].toSorted();

const HALVES = new Set(["create-replacement", "delete-replaced"]);

/** Type and name; a stack's types of parents say nothing that the name does not. */
const shortUrn = (urn: string): string => {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
};
