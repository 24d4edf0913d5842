/**
 * Values of JavaScript as the JSON text that Python's `json.dumps` makes of the same data: separators ", " and ": ", ASCII alone, NaN and
 * Infinity as words. Whole numbers below 1e16 are written as Python writes an int, all others as it writes a float.
 */

/** From here on Python writes floats with an exponent. */
const EXPONENT_FROM = 1e16;
/** Below, too. */
const EXPONENT_BELOW = 1e-4;

/** A number that is a float to Python, whole or not. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** JSON that is written already, and stays as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Throws TypeError for what cannot become JSON: functions, Map, Set, bytes and their like, and a value that holds itself. */
export const pythonJson = (value: unknown): string => written(value, []);

/** A float as Python's `repr` writes it: the same shortest digits, but other limits for the exponent, which has two digits at least. */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size !== 0 && (size < EXPONENT_BELOW || size >= EXPONENT_FROM)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  const digits = Object.is(value, -0) ? "-0" : String(value);
  return Number.isInteger(value) ? `${digits}.0` : digits;
}

/** A text in quotes, in ASCII. What JSON.stringify escapes it escapes as Python does; Python escapes more. */
export function pythonText(text: string): string {
  const quoted = JSON.stringify(text);
  return /[^ -~]/.test(quoted) ? quoted.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`) : quoted;
}

function written(value: unknown, around: object[]): string {
  switch (typeof value) {
    case "string":
      return pythonText(value);
    case "number":
      return Number.isInteger(value) && Math.abs(value) < EXPONENT_FROM && !Object.is(value, -0) ? String(value) : pythonFloat(value);
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return value.toString();
    case "object":
      return value === null ? "null" : structure(value, around);
    default:
      throw new TypeError(`a value of type ${typeof value} cannot become JSON`);
  }
}

function structure(value: object, around: object[]): string {
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  if (value instanceof JsonText) return value.text;
  if (around.includes(value)) throw new TypeError("a value that holds itself cannot become JSON");
  // Dates and their like say themselves how they become JSON. Bytes do so too, in a form that nobody wants.
  const own = ArrayBuffer.isView(value) ? undefined : (value as { toJSON?: unknown }).toJSON;
  around.push(value);
  const text = typeof own === "function" ? written(own.call(value) as unknown, around) : Array.isArray(value) ? list(value, around) : dictionary(value, around);
  around.pop();
  return text;
}

function list(values: readonly unknown[], around: object[]): string {
  let text = "[";
  for (let at = 0; at < values.length; at++) text += (at === 0 ? "" : ", ") + (values[at] === undefined ? "null" : written(values[at], around));
  return `${text}]`;
}

/** Properties that are undefined are left out, as `JSON.stringify` does. */
function dictionary(value: object, around: object[]): string {
  const kind = Object.prototype.toString.call(value);
  if (kind !== "[object Object]") throw new TypeError(`a value of type ${kind.slice(8, -1)} cannot become JSON`);
  let text = "{";
  for (const key of Object.keys(value)) {
    const each = (value as Record<string, unknown>)[key];
    if (each !== undefined) text += `${text.length === 1 ? "" : ", "}${pythonText(key)}: ${written(each, around)}`;
  }
  return `${text}}`;
}
