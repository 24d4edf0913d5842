/** The container's build context: whole in a checkout and in the packed package, pinned, and found without a search. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scoringContext } from "../../lib/scoring/context.ts";
import { link, manifest, pack, run, scratch, top, unpack } from "./consumer.ts";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string; readonly dev?: boolean; readonly resolved?: string; readonly dependencies?: Readonly<Record<string, string>> }>>;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;
const project = scratch();
let installed: string;
beforeAll(async () => {
  const tarball = await pack(project);
  await unpack(tarball, project);
  link(project, Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).map((name) => [name, name] as const));
  writeFileSync(join(project, "find.cjs"), 'console.log(require("inference-endpoints").scoringContext())');
  installed = (await run(process.execPath, ["find.cjs"], project)).trim();
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const files = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => !/tsbuildinfo|__pycache__/.test(file)).toSorted();

describe("the context", () => {
  test("is the same in the checkout and in the package, inside the package", () => {
    expect(installed).toBe(join(project, "node_modules", manifest.name, "dist"));
    expect(files(installed)).toEqual(files(scoringContext()));
  });

  test("holds everything that its Dockerfile copies, and the server", () => {
    const sources = [...readFileSync(join(installed, "Dockerfile"), "utf8").matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap((match) => match[1]!.split(" "));
    expect(sources).toEqual(["image/package.json", "image/package-lock.json", ".", "scoring/worker"]);
    for (const source of [...sources, "cli/main.js", "scoring/online/main.js", "scoring/worker/main.py", "scoring/fetch/main.py"]) expect({ source, there: existsSync(join(installed, source)) }).toEqual({ source, there: true });
  });

  test("installs what the repository has locked, with checksums, and only what runs", () => {
    const ours = read<Lock>(join(top, "package-lock.json")).packages;
    const { "": root, ...packages } = read<Lock>(join(installed, "image/package-lock.json")).packages;
    expect(Object.keys(root?.dependencies ?? {}).toSorted()).toEqual([...Object.keys(manifest.dependencies), "onnxruntime-node"].toSorted());
    expect(read<Lock["packages"][string]>(join(installed, "image/package.json")).dependencies).toEqual(root?.dependencies);
    const wrong = Object.entries(packages).filter(([place, each]) => each.integrity === undefined || each.integrity !== ours[place]?.integrity || each.dev !== undefined || each.resolved !== undefined);
    expect(wrong).toEqual([]);
    for (const name of Object.keys(root?.dependencies ?? {})) expect(packages).toHaveProperty([`node_modules/${name}`]);
    expect(Object.keys(packages).filter((place) => /typescript|pulumi|vitest|adm-zip/.test(place))).toEqual([]);
  });

  test("is refused where nothing is built, with what to do", async () => {
    const place = join(project, "node_modules", manifest.name, "dist/Dockerfile");
    const text = readFileSync(place, "utf8");
    rmSync(place);
    await expect(run(process.execPath, ["find.cjs"], project)).rejects.toThrow(/holds no build context yet: in a checkout, build it first with "npm run build"/);
    writeFileSync(place, text);
  });
});
