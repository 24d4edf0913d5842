/** The rows of an example, and the labels that scikit-learn gave them when its models were made. */
import { readFileSync } from "node:fs";

/** What an example's `data` folder holds. */
export const wine = (example: string) => {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../examples/${example}/data/${name}.json`, import.meta.url), "utf8"));
  const rows = read("rows") as number[][];
  return {
    rows,
    /** By deployment. */
    labels: read("labels") as Record<string, number[]>,
    /** A body of one row; they repeat. */
    row: (i: number): string => JSON.stringify({ data: [rows[i % rows.length]] }),
  };
};

/** The label in an answer to one row. */
export const labelOf = (body: string): number | undefined => (JSON.parse(body) as { label: number[] }).label[0];
