/** The configuration a program is run with: defaults of Pulumi.yaml, the stack's file, then `--config`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node } from "yaml";
import { passphrase, passphraseDecrypt, WrongPassphrase, type Decrypt } from "./decrypt.ts";
import { isObject, type Project } from "./project.ts";
import { refuse } from "./refusal.ts";

/** Values by `project:key`, as Pulumi hands them to a program. */
export interface Configuration {
  readonly stack: string;
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** What a person should know: values that could not be opened. */
  readonly notes: readonly string[];
  /** Files it was read from: a change of one is a change of the program. */
  readonly files: readonly string[];
}

/** How the command was called. */
export interface ConfigOptions {
  readonly stack?: string | undefined;
  /** `key=value` or `project:key=value`, in order. */
  readonly config?: readonly string[] | undefined;
}

interface Entry {
  readonly value: string;
  readonly secret: boolean;
}

/** Reads it all. Nothing is asked of Pulumi, so no login is needed. */
export const readConfiguration = (project: Project, options: ConfigOptions, env: Readonly<NodeJS.ProcessEnv>): Configuration => {
  const folder = configFolder(project);
  const { stack, path } = chooseStack(folder, options.stack);
  const name = project.program.project;
  const entries = projectDefaults(project);
  const given = new Map((options.config ?? []).map((text) => parseFlag(name, text)));
  const notes = path === undefined ? [] : readStackFile(path, name, entries, new Set(given.keys()), env);
  for (const [key, value] of given) entries.set(key, { value, secret: entries.get(key)?.secret ?? false });
  return {
    stack,
    values: Object.fromEntries([...entries].map(([key, { value }]) => [key, value])),
    secretKeys: [...entries].filter(([, { secret }]) => secret).map(([key]) => key),
    notes,
    files: [project.path, path].filter((file) => file !== undefined),
  };
};

/** Beside Pulumi.yaml, or where `stackConfigDir` (once `config`) says. */
const configFolder = ({ program, file }: Project): string => {
  const folder = [file.stackConfigDir, file.config].find((value) => typeof value === "string");
  return folder === undefined ? program.root : join(program.root, folder);
};

const STACK_FILE = /^Pulumi\.([A-Za-z0-9_.-]+)\.ya?ml$/;

/** The stack that was named; else `dev` where it has a file; else the only one that has; else `dev` without a file. */
const chooseStack = (folder: string, named: string | undefined): { readonly stack: string; readonly path?: string } => {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.flatMap((file) => {
    const stack = STACK_FILE.exec(file)?.[1];
    return stack === undefined ? [] : [{ stack, path: join(folder, file) }];
  });
  // A stack may be named in full, organisation/project/stack; its file has the last part.
  const wanted = named?.split("/").at(-1);
  const found = files.find(({ stack }) => stack === (wanted ?? "dev")) ?? (wanted === undefined && files.length === 1 ? files[0] : undefined);
  if (found !== undefined) return found;
  if (wanted !== undefined)
    return refuse(`there is no Pulumi.${wanted}.yaml in ${folder}${files.length === 0 ? "" : `; stacks with a file: ${files.map(({ stack }) => stack).join(", ")}`}`);
  return { stack: "dev" };
};

const fullKey = (project: string, key: string): string => (key.includes(":") ? key : `${project}:${key}`);

const parseFlag = (project: string, text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  if (at < 1) return refuse(`--config ${JSON.stringify(text)}: expected key=value or project:key=value`);
  return [fullKey(project, text.slice(0, at)), text.slice(at + 1)];
};

/** `config` of Pulumi.yaml: `key: value`, `{ value }` or `{ default }`. */
const projectDefaults = ({ program, file }: Project): Map<string, Entry> => {
  const entries = new Map<string, Entry>();
  if (!isObject(file.config)) return entries;
  for (const [key, written] of Object.entries(file.config)) {
    const declared = isObject(written) ? (written["value"] ?? written["default"]) : written;
    const secret = isObject(written) && written["secret"] === true;
    if (declared !== undefined && declared !== null) entries.set(fullKey(program.project, key), { value: asText(declared), secret });
  }
  return entries;
};

const asText = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** Adds the stack's values; gives notes on those that cannot be opened and that no flag replaces. */
const readStackFile = (path: string, project: string, entries: Map<string, Entry>, replaced: ReadonlySet<string>, env: Readonly<NodeJS.ProcessEnv>): string[] => {
  const document = parseDocument(readFileSync(path, "utf8"));
  if (document.errors[0] !== undefined) return refuse(`${path} cannot be read: ${document.errors[0].message}`);
  const config = document.get("config", true);
  const salt = document.get("encryptionsalt");
  const opener = new Opener(path, typeof salt === "string" ? salt : undefined, env);
  const notes = document.has("environment") ? [`${path} imports environments of Pulumi ESC, which cannot be asked here; give their values with --config key=value`] : [];
  for (const pair of isMap(config) ? config.items : []) {
    const key = fullKey(project, String(isScalar(pair.key) ? pair.key.value : pair.key));
    if (replaced.has(key)) continue;
    const entry = opener.entry(pair.value as Node | null);
    if (typeof entry === "string") notes.push(`${key} of ${path} ${entry}; give it with --config ${key}=value`);
    else if (entry !== undefined) entries.set(key, entry);
  }
  return notes;
};

/** Opens the encrypted values of one file. The key is derived once, and only if there is something to open. */
class Opener {
  readonly #path: string;
  readonly #salt: string | undefined;
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  #decrypt: Decrypt | undefined;

  constructor(path: string, salt: string | undefined, env: Readonly<NodeJS.ProcessEnv>) {
    this.#path = path;
    this.#salt = salt;
    this.#env = env;
  }

  /** The value, or why it is missing. */
  entry(node: Node | null): Entry | string | undefined {
    if (node === null) return undefined;
    // The text as it stands in the file: 1.10 is no number to whoever wrote it.
    if (isScalar(node)) return node.value === null ? undefined : { value: typeof node.value === "string" ? node.value : (node.source ?? String(node.value)), secret: false };
    if (!isMap(node) && !isSeq(node)) return isAlias(node) ? "is a YAML alias" : undefined;
    const plain: unknown = node.toJSON();
    if (!hasSecret(plain)) return { value: JSON.stringify(plain), secret: false };
    const open = this.#opener();
    if (typeof open === "string") return open;
    const opened = openAll(plain, open);
    return { value: asText(opened), secret: true };
  }

  #opener(): Decrypt | string {
    if (this.#salt === undefined) return "is encrypted by a secrets provider that cannot be asked here";
    if (this.#decrypt !== undefined) return this.#decrypt;
    const given = passphrase(this.#env);
    if (given === undefined) return "is encrypted and PULUMI_CONFIG_PASSPHRASE is not set";
    try {
      return (this.#decrypt = passphraseDecrypt(given, this.#salt));
    } catch (error) {
      if (error instanceof WrongPassphrase) return refuse(`${this.#path}: ${error.message} (PULUMI_CONFIG_PASSPHRASE)`);
      throw error;
    }
  }
}

const isSecure = (value: unknown): value is { secure: string } => isObject(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";

const hasSecret = (value: unknown): boolean =>
  isSecure(value) || (Array.isArray(value) ? value.some(hasSecret) : isObject(value) && Object.values(value).some(hasSecret));

const openAll = (value: unknown, open: Decrypt): unknown => {
  if (isSecure(value)) return open(value.secure);
  if (Array.isArray(value)) return value.map((each) => openAll(each, open));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, openAll(each, open)])) : value;
};
