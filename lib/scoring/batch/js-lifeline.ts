/** A thread that ends its process when the coordinator is gone: the main thread may be in a loop that never ends. */
const LOOK_MS = 500;

const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, LOOK_MS);
