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
  try {
    return { path: decodeURIComponent(raw).replace(/^\/+/, "/"), query };
  } catch {
    return { path: raw, query };
  }
}
