/** What runs in a network namespace, in place of those who are there: `connect` prints which targets are reached, `listen` answers until it is ended. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import type { Target } from "./network-ends.ts";

const [what, targets] = process.argv.slice(2);
// Whoever has started it holds the other end, and may be killed.
process.stdin.resume().once("close", () => process.exit());

/** A packet that is dropped is not told of; a connection within one machine takes no millisecond. */
const PATIENCE_MS = 1500;

/** `from` is the caller's own address, where it has several. */
const reaches = async ({ address: host, from: localAddress, port, protocol = "TCP" }: Target & { readonly from?: string }): Promise<boolean> => {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  try {
    if (protocol === "TCP") {
      const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
      try {
        await once(socket, "connect", { signal: timeout });
      } finally {
        socket.destroy();
      }
    } else {
      const socket = createSocket("udp4");
      try {
        socket.connect(port, host);
        await once(socket, "connect", { signal: timeout });
        socket.send("?");
        await once(socket, "message", { signal: timeout });
      } finally {
        socket.close();
      }
    }
    return true;
  } catch {
    return false;
  }
};

const listen = async ({ address: host, port, protocol = "TCP" }: Target): Promise<number> => {
  if (protocol === "TCP") {
    const server = createServer((socket) => socket.on("error", () => {}).end()); // who has given up meanwhile says so
    await once(server.listen(port, host), "listening");
    return (server.address() as AddressInfo).port;
  }
  const socket = createSocket("udp4");
  socket.on("error", () => {});
  socket.on("message", (text, { address, port: to }) => socket.send(text, to, address));
  socket.bind(port, host);
  await once(socket, "listening");
  return socket.address().port;
};

const each = JSON.parse(targets ?? "[]") as readonly Target[];
console.log(JSON.stringify(await Promise.all(each.map((target): Promise<boolean | number> => (what === "connect" ? reaches(target) : listen(target))))));
