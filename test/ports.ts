/** Ports for programs that must be told one, and for callers who shall find nobody. */
import { createServer } from "node:net";

/**
 * Below what systems give to whoever leaves the choice to them (Linux: from 32768, the IANA's range: from 49152): a port from there may be
 * another test's a moment after it was free.
 */
const FIRST = 20_000;
const COUNT = 12_000;
/** Each process has some of its own, so that two that run at once do not choose alike. */
const EACH = 8;
let taken = 0;

/** A port of the loopback interface on which nobody listens, and which nobody gets by chance. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries += 1) {
    const port = FIRST + ((process.pid * EACH + taken) % COUNT);
    taken += 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${FIRST} and ${FIRST + COUNT - 1} is free`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
