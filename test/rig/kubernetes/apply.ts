/** Writes objects into a cluster as somebody: server-side apply, as `kubectl` does it. */
import type { Client, Fields } from "./client.ts";

/** `manager` is whose the fields are. */
export const apply = async (client: Client, object: Fields, manager = "rig"): Promise<Fields> =>
  client.ask("PATCH", `${await client.path(object as Parameters<Client["path"]>[0])}?fieldManager=${manager}&force=true`, object, "application/apply-patch+yaml");
