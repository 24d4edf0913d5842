/** A plugin as the engine starts it: it serves until whoever started it is gone, and says its port on the first line. */
import { serve } from "./server.ts";

export const start = async (provider: Parameters<typeof serve>[0]): Promise<void> => {
  const { port } = await serve(provider);
  process.stdout.write(`${port}\n`);
  // An engine that was killed cannot end its plugins.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 200).unref();
};
