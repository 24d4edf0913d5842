/** The target of a request: path, query, and the prefix before them. */

/** A target as the worker is to see it. One whose prefix is written with percent signs or as a whole address stays as it is. */
export const withoutPrefix = (target: string, prefix: string): string => {
  if (!target.startsWith(prefix)) return target;
  const rest = target.slice(prefix.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
};

/** Path and query of a request target, as gunicorn and Flask see them: percent signs resolved, absolute form allowed. */
export function split(target: string): { path: string; query: string } {
  const from = target.startsWith("/") ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, "");
  const at = from.indexOf("?");
  const raw = at < 0 ? from : from.slice(0, at);
  const query = at < 0 ? "" : from.slice(at + 1);
  if (!raw.includes("%") && !raw.startsWith("//")) return { path: raw === "" ? "/" : raw, query };
  return { path: decoded(raw).replace(/^\/+/, "/"), query };
}

/** Percent signs resolved; bytes that are no text become U+FFFD, and a sign that stands before no number stays. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replaceAll(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
  }
}

/** A path, resolved once, that could mean another place to a server with a reading of its own. */
export const isDubious = (path: string): boolean =>
  /[\p{Cc}\ufffd]/u.test(path) || CLIMBS.test(path.replaceAll(/%2e/gi, ".").replaceAll(/%2f/gi, "/").replaceAll(/%5c/gi, "\\"));

/** Some servers take a backslash for a slash, some end a segment at a semicolon or at a question mark with percent signs, some resolve percent signs twice. */
const CLIMBS = /(?:^|[/\\])\.\.?(?:[/\\;?#]|$)/;
