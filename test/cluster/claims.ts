/** Claims on folders of this machine, which is the node too: what jobs read and write. */
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply } from "../rig/kubernetes/apply.ts";
import { client } from "./cluster.ts";

export interface Claims extends AsyncDisposable {
  /** Has a folder for each claim. */
  readonly folder: string;
  /** The address of a folder with these files. */
  input(files: Readonly<Record<string, string | Uint8Array>>): string;
  /** An address where nothing is. */
  output(): string;
  /** What stands in a file below an address; nothing where there is none. */
  read(address: string, name?: string): string | undefined;
}

/** `data` and `outputs`, in a namespace that is there. */
export const newClaims = async (namespace: string): Promise<Claims> => {
  const folder = mkdtempSync(join(tmpdir(), "claims-"));
  open(folder);
  const made: string[] = [];
  for (const name of ["data", "outputs"]) made.push(await claim(namespace, name, join(folder, name)));
  return {
    folder,
    input: (files) => {
      const name = `in-${randomUUID()}`;
      const made = join(folder, "data", name);
      mkdirSync(made);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(made, file), text);
      open(made);
      return `pvc://data/${name}`;
    },
    output: () => `pvc://data/out-${randomUUID()}`,
    read: (address, name = "predictions.csv") => {
      const path = join(folder, address.slice("pvc://".length), name);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    },
    [Symbol.asyncDispose]: async () => {
      for (const volume of made) await client.send("DELETE", `/api/v1/persistentvolumes/${volume}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const claim = async (namespace: string, name: string, folder: string): Promise<string> => {
  mkdirSync(folder);
  open(folder);
  const volumeName = `${namespace}-${name}`;
  const spec = { accessModes: ["ReadWriteMany"], storageClassName: "" };
  await apply(client, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: volumeName }, spec: { ...spec, capacity: { storage: "1Gi" }, hostPath: { path: folder }, persistentVolumeReclaimPolicy: "Retain", claimRef: { namespace, name } } });
  await apply(client, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace }, spec: { ...spec, volumeName, resources: { requests: { storage: "1Gi" } } } });
  return volumeName;
};

/** Pods are nobody that this machine knows. */
const open = (folder: string): void => chmodSync(folder, 0o777);
