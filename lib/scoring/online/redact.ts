/** Strikes secrets out of what is written down: a client may put its key anywhere, in a query or in an id. */

/** A shorter text is no secret, and would be struck out of innocent words. */
const SHORTEST = 8;
const KEY = "[key]";
/** A web token, signed or encrypted: parts in base64url, the first of which is a JSON object. */
const TOKEN = /eyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;

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
  return clean.includes("eyJ") ? clean.replace(TOKEN, "[token]") : clean;
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
