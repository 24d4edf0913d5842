import { createCipheriv, pbkdf2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { readConfiguration } from "../../lib/cli/config.ts";
import { passphraseDecrypt } from "../../lib/cli/decrypt.ts";
import { findProject } from "../../lib/cli/project.ts";
import { folder, PULUMI_YAML, write } from "./support.ts";

/** The line that Pulumi's own tests carry (pkg/secrets/passphrase/manager_test.go); its passphrase is "password". */
const SALT = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";

/** Encrypts as sdk/go/common/resource/config/crypt.go does: AES-256-GCM, twelve bytes of nonce, the tag at the end. */
const encrypt = (text: string): string => {
  const key = pbkdf2Sync("password", Buffer.from("fozI5u6B030=", "base64"), 1_000_000, 32, "sha256");
  const nonce = Buffer.from("0123456789ab");
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
};

const read = (text: string, env: NodeJS.ProcessEnv, config: string[] = []) => {
  const root = folder();
  write(root, "Pulumi.yaml", PULUMI_YAML);
  write(root, "index.ts", "");
  write(root, "Pulumi.only.yaml", text);
  return readConfiguration(findProject(root, "/"), { config }, env);
};

test("Pulumi's own salt opens with its passphrase, and with no other", () => {
  expect(passphraseDecrypt("password", SALT)(encrypt("ß secret"))).toBe("ß secret");
  expect(() => passphraseDecrypt("test123", SALT)).toThrow("the passphrase is not the one");
});

test("encrypted values, alone and inside a structure, become secrets", () => {
  const text = `encryptionsalt: ${SALT}\nconfig:\n  shop:token: { secure: "${encrypt("t")}" }\n  shop:db: { user: u, password: { secure: "${encrypt("p")}" } }\n  shop:plain: x\n`;
  const { notes, secretKeys, stack, values } = read(text, { PULUMI_CONFIG_PASSPHRASE: "password" });
  expect({ notes, secretKeys, stack, values }).toEqual({
    notes: [],
    secretKeys: ["shop:token", "shop:db"],
    stack: "only",
    values: { "shop:token": "t", "shop:db": '{"user":"u","password":"p"}', "shop:plain": "x" },
  });
  expect(() => read(text, { PULUMI_CONFIG_PASSPHRASE: "other" })).toThrow(/Pulumi\.only\.yaml: the passphrase is not the one/);
});

test("without a passphrase, or with a provider that cannot be asked, the value is missing and the way out is named", () => {
  const secure = 'config:\n  shop:token: { secure: "v1:a:b" }\n';
  for (const [text, reason] of [[`encryptionsalt: ${SALT}\n${secure}`, "PULUMI_CONFIG_PASSPHRASE is not set"], [`secretsprovider: awskms://x\n${secure}`, "secrets provider that cannot be asked"]] as const) {
    const { notes, values } = read(text, {});
    expect(values).toEqual({});
    expect(notes).toEqual([expect.stringContaining(reason)]);
    expect(notes[0]).toContain("--config shop:token=value");
    expect(read(text, {}, ["token=t"])).toMatchObject({ notes: [], values: { "shop:token": "t" } });
  }
});
