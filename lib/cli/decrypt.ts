/** Opens values that `pulumi config set --secret` encrypted with a passphrase (Pulumi's "passphrase" secrets provider, version 1). */
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";

/** Pulumi's own numbers: sdk/go/common/resource/config/crypt.go. */
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** What the salt's line holds encrypted, so that a wrong passphrase is noticed. */
const CHECK = "pulumi";

/** Turns an encrypted value into its text. */
export type Decrypt = (encrypted: string) => string;

/** The passphrase does not open the file. */
export class WrongPassphrase extends Error {
  override readonly name = "WrongPassphrase";
}

/** From the `encryptionsalt` of a stack's file: `v1:<salt>:<the check value, encrypted>`. */
export const passphraseDecrypt = (passphrase: string, encryptionSalt: string): Decrypt => {
  const [version, salt, ...check] = encryptionSalt.split(":");
  if (version !== "v1" || salt === undefined) throw new WrongPassphrase("encryptionsalt is of a version that is not known here");
  const key = pbkdf2Sync(passphrase, Buffer.from(salt, "base64"), ITERATIONS, KEY_BYTES, "sha256");
  const decrypt = (encrypted: string): string => open(key, encrypted);
  try {
    if (decrypt(check.join(":")) !== CHECK) throw new Error("another check value");
  } catch (error) {
    throw new WrongPassphrase("the passphrase is not the one that this stack's secrets were encrypted with", { cause: error });
  }
  return decrypt;
};

const open = (key: Buffer, encrypted: string): string => {
  const [version, nonce, sealed] = encrypted.split(":");
  if (version !== "v1" || nonce === undefined || sealed === undefined) throw new Error("expected v1:<nonce>:<ciphertext>");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
};

/** PULUMI_CONFIG_PASSPHRASE, else the content of PULUMI_CONFIG_PASSPHRASE_FILE. An empty passphrase is one. */
export const passphrase = (env: Readonly<NodeJS.ProcessEnv>): string | undefined => {
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  return env["PULUMI_CONFIG_PASSPHRASE"] ?? (file === undefined || file === "" ? undefined : readFileSync(file, "utf8").trim());
};
