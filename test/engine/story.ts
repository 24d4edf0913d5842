/** What the service was asked to change, in lines that a life can be compared with. */
import { calls, type CallLine } from "../rig/azure/log.ts";

/** Calls after the first `count`. */
export const callsSince = (service: string, count: number): readonly CallLine[] => calls(service).slice(count);

/**
 * Writes in their order, refusals with their status:
 *
 *     PUT credit                    the endpoint
 *     PUT credit/blue               a deployment
 *     PUT credit blue=90 green=10   the endpoint with its traffic
 *     PUT credit default=blue       a batch endpoint with its default deployment
 *     DELETE credit/blue 400        refused
 *     PUT models/credit/3f2a        a registered version
 */
export const story = (seen: readonly CallLine[]): string[] => seen.filter(({ method }) => method !== "GET").flatMap((call) => line(call) ?? []);

const line = ({ body, method, path, status, via }: CallLine): string | undefined => {
  // The template itself is a message; what it puts is logged too.
  if (/\/Microsoft\.Resources\/deployments\//i.test(path)) return method === "DELETE" ? "DELETE routing" : undefined;
  const what = `${method} ${short(path)}`;
  const traffic = via === undefined ? "" : path.includes("/batchEndpoints/") ? byDefault(body) : shares(body);
  return [what, traffic, status >= 400 ? String(status) : ""].filter((part) => part !== "").join(" ");
};

const short = (path: string): string =>
  /\/(?:online|batch)Endpoints\/([^/]+(?:\/deployments\/[^/]+)?)$/i.exec(path)?.[1]?.replace("/deployments/", "/") ??
  /\/workspaces\/[^/]+\/(.+)$/i.exec(path)?.[1]?.replace("/versions/", "/") ??
  (path.includes("/roleAssignments/") ? "roleAssignments" : path.split("/").slice(-2).join("/"));

/** What the first such call said. */
export const bodyOf = (seen: readonly CallLine[], told: string): CallLine["body"] => seen.find((call) => line(call) === told)?.body;

const byDefault = (body: CallLine["body"]): string => {
  const { defaults } = ((body ?? {}) as { readonly properties?: { readonly defaults?: { readonly deploymentName?: string } } }).properties ?? {};
  return `default=${defaults?.deploymentName ?? "none"}`;
};

const shares = (body: CallLine["body"]): string => {
  const { mirrorTraffic, traffic } = ((body ?? {}) as { readonly properties?: Record<"traffic" | "mirrorTraffic", Record<string, number> | undefined> }).properties ?? {};
  const list = (map: Record<string, number> | undefined, mark: string): string[] => Object.entries(map ?? {}).map(([name, share]) => `${name}${mark}${share}`);
  const all = [...list(traffic, "="), ...list(mirrorTraffic, "~")];
  return all.length === 0 ? "no traffic" : all.join(" ");
};
