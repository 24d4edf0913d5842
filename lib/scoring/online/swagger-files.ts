/** `/swagger.json` as the author of a script wrote it: files in `AML_APP_ROOT` stand in the place of what would be generated. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config.ts";
import { info } from "./log.ts";
import { retyped } from "./retyped-json.ts";
import { swagger } from "./swagger.ts";
import type { Schemas, Service, Swagger } from "./swagger.ts";

/** Each version, as queries name it, and the files that may hold it, the first of which wins. */
const FILES = [
  { version: 2, names: ["2", "2.0"], files: ["swagger.json", "swagger2.json"] },
  { version: 3, names: ["3", "3.0"], files: ["swagger3.json"] },
  { version: 3.1, names: ["3.1"], files: ["swagger3.1.json"] },
] as const;
/** What generated documents are made for, unless the model says less. */
const GENERATED = FILES.map(({ version }) => version);

/** The document for a version as the query names it. Undefined: nothing is known of the model's data, and there is no file. */
export type Documents = (version: string, schemas: Schemas | undefined) => Swagger | undefined;

/** Reads the files once. Throws {@link ConfigError} where one is no JSON, as the original's workers do when they start. */
export function readDocuments(appRoot: string, service: Service): Documents {
  const written = FILES.flatMap(({ version, names, files }) => {
    const file = files.map((name) => join(appRoot, name)).find((path) => existsSync(path));
    const document = file === undefined ? undefined : read(file, version);
    return document === undefined ? [] : [{ version, names: names as readonly string[], document }];
  });
  return (asked, schemas) => {
    const own = written.find(({ names }) => names.includes(asked));
    if (own !== undefined) return { document: own.document };
    if (schemas === undefined && written.length === 0) return undefined;
    const known = schemas === undefined ? [] : (schemas.versions ?? GENERATED);
    const versions = [...new Set([...known, ...written.map(({ version }) => version)])].toSorted((a, b) => a - b);
    const generated = swagger(asked, { ...(schemas ?? NOTHING), versions: known }, service);
    return "document" in generated ? generated : swagger(asked, { ...NOTHING, versions }, service);
  };
}

const NOTHING: Schemas = { input: {}, output: {} };

/** What Python takes for nothing; the original then makes a document of its own. */
const EMPTY: readonly string[] = ["{}", "[]", '""', "0", "0.0", "-0.0", "false", "null"];

function read(file: string, version: number): string | undefined {
  try {
    const document = retyped(readFileSync(file, "utf8"));
    if (EMPTY.includes(document)) return undefined;
    info(`Loaded user's swagger file for version [${version}] from ${file}`);
    return document;
  } catch (error) {
    throw new ConfigError(`The swagger file ${file} cannot be served: ${error instanceof Error ? error.message : String(error)}`);
  }
}
