/** Strikes secrets out of what is written down: a client may put its key anywhere, in a query or in an id. */

/** A shorter text is no secret, and would be struck out of innocent words. */
const SHORTEST = 8;
const KEY = "[key]";
/** A web token, signed or encrypted: two to five parts in base64url, the first of which is a JSON object. */
const TOKEN_START = "eyJ";
const SHORTEST_PART = TOKEN_START.length + 8;
const MOST_PARTS = 5;
/** Where tokens may be. One that looked for the whole of a token would begin anew at each start, and take the square of a text's length. */
const RUN = /[\w.-]+/g;

/** Nothing shorter holds a key or a token; most of what is asked about is. */
let shortest = Infinity;
let hidden: readonly string[] = [];

/** From now on these are struck out, and those before no longer: who could use them then, cannot now. */
export function hide(keys: readonly string[]): void {
  const forms = keys.filter((key) => key.length >= SHORTEST).flatMap((key) => [key, inJson(key), percent(key), lowerHex(percent(key))]);
  hidden = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  shortest = hidden.at(-1)?.length ?? Infinity;
}

/** The text without keys and tokens. */
export function redacted(text: string): string {
  let clean = text;
  if (text.length >= shortest) for (const key of hidden) if (clean.includes(key)) clean = clean.replaceAll(key, KEY);
  return clean.includes(TOKEN_START) ? clean.replaceAll(RUN, withoutTokens) : clean;
}

function withoutTokens(run: string): string {
  if (!run.includes(TOKEN_START)) return run;
  const parts = run.split(".");
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? "";
    const start = part.indexOf(TOKEN_START);
    if (start < 0 || part.length - start < SHORTEST_PART || at === parts.length - 1) {
      kept.push(part);
      continue;
    }
    kept.push(`${part.slice(0, start)}[token]`);
    at += MOST_PARTS - 1;
  }
  return kept.join(".");
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** A key file may hold half a pair of surrogates, which has no such form. */
const percent = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
};

const lowerHex = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
