/** `node sum.mjs <folder> <file>`: the sum of what stands behind each name. */
import { readFileSync, writeFileSync } from "node:fs";

const [, , folder, file] = process.argv;
const lines = readFileSync(`${folder}/predictions.csv`, "utf8").trim().split("\n");
writeFileSync(file, `${lines.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0)}\n`);
