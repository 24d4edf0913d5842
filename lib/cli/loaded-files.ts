/** Which files a program is made of. */
import { registerHooks } from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Begins to note what is loaded, whether by import or by require; the result gives the files of the project, packages left out. */
export const watchLoads = (root: string): (() => string[]) => {
  const urls = new Set<string>();
  registerHooks({
    load: (url, context, next) => {
      if (url.startsWith("file:")) urls.add(url);
      return next(url, context);
    },
  });
  return () => {
    // ts-node and other compilers of CommonJS load behind the hooks' back.
    const required = Object.keys(requireCache());
    const loaded = [...urls].map((url) => fileURLToPath(url.replace(/[?#].*$/, "")));
    return [...new Set([...loaded, ...required])].filter((file) => isOwn(root, file)).toSorted();
  };
};

const requireCache = (): object => process.getBuiltinModule("node:module").createRequire(import.meta.url).cache;

const isOwn = (root: string, file: string): boolean => {
  const inside = relative(root, file).split(sep);
  return inside[0] !== ".." && !inside.includes("node_modules");
};
