/** Ports. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What sets the port, for whoever has to choose another. */
  readonly flag: string;
}

/** The port. Rejects when it cannot be used. */
export async function listen(server: Server, { host, port, flag }: Address): Promise<number> {
  await new Promise<void>((resolve, refuse) => {
    const reject = (error: NodeJS.ErrnoException): void => {
      const inUse = error.code === "EADDRINUSE";
      refuse(inUse ? new Error(`port ${port} is in use; choose another with ${flag}, or ${flag} 0 for any free one`, { cause: error }) : error);
    };
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}
