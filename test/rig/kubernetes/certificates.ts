/** Keys and certificates, made anew with every cluster. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Signs and checks the tokens of service accounts. */
export const makeServiceAccountKey = (file: string): void => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
};

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for a subject (`/O=…/CN=…`), signed by itself or by another. */
export const makePair = (folder: string, name: string, subject: string, { names = [], issuer }: { readonly names?: readonly string[]; readonly issuer?: Pair } = {}): Pair => {
  const pair = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const signed = issuer === undefined ? ["-addext", "basicConstraints=critical,CA:true"] : ["-CA", issuer.certificate, "-CAkey", issuer.key, "-addext", "basicConstraints=CA:false"];
  const alternatives = names.length === 0 ? [] : ["-addext", `subjectAltName=${names.join(",")}`];
  const made = ["-x509", "-newkey", "rsa:2048", "-noenc", "-days", "30", "-subj", subject, "-keyout", pair.key, "-out", pair.certificate];
  const { status, stderr } = spawnSync("openssl", ["req", ...made, ...signed, ...alternatives], { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl made no certificate for ${subject}:\n${stderr}`);
  return pair;
};
