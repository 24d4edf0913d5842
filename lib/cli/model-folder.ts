/** `AZUREML_MODEL_DIR` as on Azure: `<root>/<name>/<version>`, with the model below it under its own name. The files stay where they are. */
import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LocalModel } from "../compile/local/plan.ts";

/** Lays out a model by a link to its source, and gives the folder that is `AZUREML_MODEL_DIR`. */
export const layOutModel = (root: string, { linkName, name, source, version }: LocalModel): string => {
  const link = join(root, name, version, linkName);
  mkdirSync(dirname(link), { recursive: true });
  if (leadsTo(link) === source) return dirname(link);
  // Swapped in one step: a worker of the version before may be reading.
  const next = `${link}.${process.pid}.next`;
  rmSync(next, { force: true });
  symlinkSync(source, next);
  renameSync(next, link);
  return dirname(link);
};

const leadsTo = (link: string): string | undefined => (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(link) : undefined);
