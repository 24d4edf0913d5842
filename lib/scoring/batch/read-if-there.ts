/** A file that somebody else may take away at any moment. */
import { readFileSync } from "node:fs";

/** Its text; nothing where there is none. */
export const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};
