/** Entry for a supervisor: `fork(main, batchServeArguments(options))`. */
import { runBatchService } from "./process.ts";

await runBatchService(process.argv.slice(2));
