/**
 * Which web pages may call: the headers of the contract, for every answer of a route that exists. An entry of the list is an origin; one
 * with signs of a regular expression is that, and matches what begins with it: the original leaves the end open, and so must we.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { valueOf } from "./headers.ts";

const ANY = "*";
const REGULAR = /[*\\\]?$^[()]/;
const METHODS = ["GET", "POST"];

/** The headers for the answer to a request, names and values in turn; `own` are those that the answer has already. */
export type Cors = (request: IncomingMessage, own: readonly string[]) => readonly string[];

/** The rules for a list of origins; undefined where it is empty, and nobody is told anything. */
export function cors(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const patterns = origins.map(pattern);
  const any = origins.includes(ANY);
  const first = origins.filter((origin) => !REGULAR.test(origin)).toSorted()[0];
  const varies = origins.length > 1 || origins.some((origin) => REGULAR.test(origin));
  const allowed = (origin: string | undefined): string | undefined => {
    // The original answers clients that are no browser, too.
    if (origin === undefined || origin === "") return any ? ANY : first;
    return patterns.some((matches) => matches(origin)) ? origin : undefined;
  };
  return (request, own) => {
    const origin = valueOf(own, "access-control-allow-origin") !== undefined ? undefined : allowed(request.headers.origin);
    if (origin === undefined) return [];
    return [
      ...(origin === "" ? [] : ["Access-Control-Allow-Origin", origin]),
      ...(isPreflight(request) ? preflight(request.headers) : []),
      ...(varies && origin !== ANY ? ["Vary", "Origin"] : []),
    ];
  };
}

/** A browser asks before it sends a request. It sends no key with that, whoever its user is. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean => method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

/** One line per entry that is neither an origin nor a regular expression. */
export const badOrigins = (origins: readonly string[]): string[] =>
  origins.flatMap((origin) => {
    try {
      pattern(origin);
      return [];
    } catch (error) {
      return `expected origins such as https://www.contoso.com, *, or regular expressions; got ${JSON.stringify(origin)}: ${(error as Error).message}`;
    }
  });

function preflight(headers: IncomingHttpHeaders): string[] {
  if (!METHODS.includes(headers["access-control-request-method"]?.toUpperCase() ?? "")) return [];
  const wanted = headers["access-control-request-headers"];
  const names = wanted === undefined ? undefined : list(wanted).toSorted().join(", ");
  return [...(names === undefined || names === "" ? [] : ["Access-Control-Allow-Headers", names]), "Access-Control-Allow-Methods", METHODS.join(", ")];
}

const list = (text: string): string[] => text.split(",").map((each) => each.trim());

function pattern(origin: string): (sent: string) => boolean {
  if (origin === ANY) return () => true;
  if (!REGULAR.test(origin)) return (sent) => sent.toLowerCase() === origin.toLowerCase();
  const expression = new RegExp(`^(?:${origin})`, "i");
  return (sent) => expression.test(sent);
}
