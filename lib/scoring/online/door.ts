/** Who comes in: by a key, by a token, by either, or everybody. */
import { either, openKeys } from "./auth.ts";
import type { Door } from "./auth.ts";
import type { Settings } from "./options.ts";
import { openTokens } from "./tokens.ts";

/** Rejects when a file that was named says nothing to begin with. Undefined: everybody may come in. */
export async function openDoor({ keys, tokens }: Pick<Settings, "keys" | "tokens">): Promise<Door | undefined> {
  const byKey = keys === undefined ? undefined : await openKeys(keys);
  try {
    return either(byKey, tokens === undefined ? undefined : await openTokens(tokens));
  } catch (error) {
    byKey?.stop();
    throw error;
  }
}
