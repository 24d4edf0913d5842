/** Entry for a supervisor: `fork(main, serveArguments(options))`. */
import { runFront } from "./process.ts";

await runFront(process.argv.slice(2));
