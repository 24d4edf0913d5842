/** Images of single files, as archives that containerd imports: there is nobody to build them but `tar`. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./processes.ts";

/** Makes the archive below a folder, and gives its path. `files` are those of this machine by their paths in the image, `config` is what the image says of itself. */
export const archiveOf = (name: string, below: string, files: Readonly<Record<string, string>>, config: object): string => {
  const [layer, image] = [join(below, "layer"), join(below, "image")];
  for (const made of [layer, image]) mkdirSync(made, { recursive: true });
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(layer, path)), { recursive: true });
    copyFileSync(source, join(layer, path));
  }
  run("tar", "--create", "--file", join(image, "layer.tar"), "--directory", layer, "--owner=0", "--group=0", ".");
  const digest = createHash("sha256").update(readFileSync(join(image, "layer.tar"))).digest("hex");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  writeFileSync(join(image, "config.json"), JSON.stringify({ architecture, os: "linux", config, rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] } }));
  writeFileSync(join(image, "manifest.json"), JSON.stringify([{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }]));
  run("tar", "--create", "--file", join(below, "image.tar"), "--directory", image, "manifest.json", "config.json", "layer.tar");
  return join(below, "image.tar");
};
