/** Headers as Node reads and writes them: names and values in turn. */

/** The value of the first header of this name, which is given in lower case. */
export function valueOf(headers: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < headers.length; at += 2) if (headers[at]?.toLowerCase() === name) return headers[at + 1];
  return undefined;
}
