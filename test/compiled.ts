/** Where Node keeps what it compiled. Some thousand processes of the tests load the same few hundred modules. */
import { fileURLToPath } from "node:url";

export const COMPILED = process.env["NODE_COMPILE_CACHE"] ?? fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url));
