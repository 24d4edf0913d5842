/** Where a job's files stand in its output folder. */
import { join } from "node:path";

/** Paths of one job. */
export interface Layout {
  /** The output folder; `AZUREML_BI_OUTPUT_PATH`. */
  readonly folder: string;
  /** The merged results, there when the job has completed and not before. */
  readonly results: string;
  readonly errors: string;
  readonly summary: string;
  readonly logs: string;
  /** What a job needs until it has completed. Making it is the lock of the output. */
  readonly work: string;
  /** Whose lock it is. */
  readonly owner: string;
  readonly manifest: string;
  /** There when the manifest is whole. */
  readonly planned: string;
  readonly journal: string;
  readonly parts: string;
  readonly scratch: string;
}

/** `single`: the folder belongs to others too, so that everything is named after the file. */
export const layoutOf = (folder: string, fileName: string, single: boolean): Layout => {
  const work = join(folder, `.${fileName}.job`);
  const beside = (name: string): string => join(folder, single ? `${fileName}.${name}` : name);
  return {
    folder,
    results: join(folder, fileName),
    errors: beside("errors.jsonl"),
    summary: beside("summary.json"),
    logs: beside("logs"),
    work,
    owner: join(work, "owner"),
    manifest: join(work, "manifest.jsonl"),
    planned: join(work, "planned.json"),
    journal: join(work, "journal.jsonl"),
    parts: join(work, "parts"),
    scratch: join(work, "scratch"),
  };
};

/** Results of a mini-batch. */
export const partOf = ({ parts }: Layout, n: number): string => join(parts, String(n));

/** Failures of a mini-batch. */
export const failuresOf = ({ parts }: Layout, n: number): string => join(parts, `${n}.errors`);
