/** Files over HTTP from this process, which pods can reach. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NODE } from "../rig/kubernetes/place.ts";

/** Where pods find this process; in a cluster of somebody's, its address there. */
const here = process.env["RIG_HERE"] ?? NODE.address;

export interface Web extends AsyncDisposable {
  /** Of a file; of one that is not there, what answers 404. */
  address(name: string): string;
}

export const newWeb = async (files: Readonly<Record<string, Uint8Array>>): Promise<Web> => {
  const server = createServer(({ method, url = "" }, response) => {
    const found = files[url.slice(1)];
    if (found === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-length": found.byteLength }).end(method === "HEAD" ? undefined : found);
  });
  await once(server.listen(0, here), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: (name) => `http://${here}:${port}/${name}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
