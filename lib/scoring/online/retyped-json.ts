/** JSON as somebody wrote it, in the form of Python's `json.dumps`: so reads a document that has passed through the original. */
import { pythonFloat, pythonText } from "./python-json.ts";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** The same value in Python's spacing, numbers and escapes. Keys keep their order, which `JSON.parse` would lose. Throws where it is no JSON. */
export function retyped(json: string): string {
  JSON.parse(json);
  return (json.match(TOKEN) ?? []).map(token).join("");
}

function token(text: string): string {
  if (text === "," || text === ":") return `${text} `;
  if (text.startsWith('"')) return pythonText(JSON.parse(text) as string);
  if (!/^-?\d/.test(text)) return text;
  if (/[.eE]/.test(text)) return pythonFloat(Number(text));
  return text === "-0" ? "0" : text;
}
