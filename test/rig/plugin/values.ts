/** Property values as the engine sends them: secrets and assets are marked objects, an unknown is a marked text, null is nothing. */
import { isObject, type Body } from "../json.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Asset {
  readonly hash: string;
  readonly path?: string;
  readonly text?: string;
}

/** Without marks of secrets, and without nulls; unknowns and assets stay. */
export const plain = (value: unknown): any => {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (isSecret(value)) return plain(value["value"]);
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === null || item === undefined ? [] : [[key, plain(item)]])));
};

/** Marked, so that the engine encrypts it. */
export const secret = (value: unknown): Body => ({ [SIGNATURE]: SECRET, value });

export const isSecret = (value: unknown): value is Body => isObject(value) && value[SIGNATURE] === SECRET;

export const asAsset = (value: unknown): Asset | undefined => (isObject(value) && value[SIGNATURE] === ASSET ? (value as unknown as Asset) : undefined);

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** Is any part of it unknown? */
export const hasUnknown = (value: unknown): boolean =>
  isUnknown(value) || (Array.isArray(value) ? value.some(hasUnknown) : isObject(value) && Object.values(value).some(hasUnknown));

/** What is at a path with dots, if anything. */
export const at = (value: unknown, path: string): unknown => path.split(".").reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);

/** Puts something at a path with dots, making what is missing on the way. */
export const put = (value: Body, path: string, item: unknown): void => {
  const [first = "", ...rest] = path.split(".");
  if (rest.length === 0) value[first] = item;
  else put((isObject(value[first]) ? value[first] : (value[first] = {})) as Body, rest.join("."), item);
};

export const remove = (value: Body, path: string): void => {
  const parent = path.includes(".") ? at(value, path.slice(0, path.lastIndexOf("."))) : value;
  if (isObject(parent)) delete parent[path.slice(path.lastIndexOf(".") + 1)];
};
