/** Blobs. azure-native signs with the account's key, which an account may forbid. */
import type { Body } from "../../json.ts";
import type { Accepted, Asked, Kind } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import type { Stored } from "../world.ts";

const put = ({ body, control, place }: Asked): Accepted => {
  checkKeys(control.accounts[place.parts["account"] ?? ""]?.allowSharedKeyAccess ?? true);
  return { body };
};

const checkKeys = (allowed: boolean): void => {
  if (!allowed) refuse("blobKey", "Key based authentication is not permitted on this storage account.", "KeyBasedAuthenticationNotPermitted", 403);
};

const remove = ({ control, place }: Asked): void => checkKeys(control.accounts[place.parts["account"] ?? ""]?.allowSharedKeyAccess ?? true);

/** A blob's type is another thing than ARM's. */
const show = ({ id }: Stored, body: Body): Body => ({ contentType: "application/octet-stream", ...body, type: body["type"] ?? "Block", name: placeOf(id)?.parts["name"] });

export const blob: Kind = { type: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs", slow: false, serial: false, put, remove, show };
