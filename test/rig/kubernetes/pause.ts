/** The image that holds a pod's namespaces, as an archive that containerd imports: one static program, and nobody to build it but `tar`. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./processes.ts";

export const PAUSE = "rig.example/pause:1";

/** Makes the archive below a folder, and gives its path. */
export const pauseArchive = (binaries: string, below: string): string => {
  const [layer, image] = [join(below, "pause-layer"), join(below, "pause-image")];
  for (const made of [layer, image]) mkdirSync(made, { recursive: true });
  copyFileSync(join(binaries, "pause"), join(layer, "pause"));
  run("tar", "--create", "--file", join(image, "layer.tar"), "--directory", layer, "--owner=0", "--group=0", "pause");
  const digest = createHash("sha256").update(readFileSync(join(image, "layer.tar"))).digest("hex");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const config = { architecture, os: "linux", config: { Entrypoint: ["/pause"], User: "65535:65535" }, rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] } };
  writeFileSync(join(image, "config.json"), JSON.stringify(config));
  writeFileSync(join(image, "manifest.json"), JSON.stringify([{ Config: "config.json", RepoTags: [PAUSE], Layers: ["layer.tar"] }]));
  run("tar", "--create", "--file", join(below, "pause.tar"), "--directory", image, "manifest.json", "config.json", "layer.tar");
  return join(below, "pause.tar");
};
