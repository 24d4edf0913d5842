/** A server behind the front, in the test's own process, so that a test sees what happens there as it happens. */
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What has come to the server. */
export interface Seen {
  method: string;
  target: string;
  headers: IncomingMessage["headers"];
  rawHeaders: string[];
  body: string;
  trailers: Record<string, string | undefined>;
}

export interface Behind {
  server: Server;
  port: number;
  /** Whole requests, in the order of their ends. */
  seen: Seen[];
  url(path: string): string;
}

/** Listens until the test ends. Without an answer of the test's own it answers `ok`. */
export async function behind(answer: RequestListener = (_request, response) => void response.end("ok"), port = 0): Promise<Behind> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void whole(request).then((body) => {
      const { method = "", url = "", headers, rawHeaders, trailers } = request;
      seen.push({ method, target: url, headers, rawHeaders, body, trailers });
    }, () => {});
    answer(request, response);
  });
  await listen(server, port);
  const at = (server.address() as AddressInfo).port;
  return { server, port: at, seen, url: (path) => `http://127.0.0.1:${at}${path}` };
}

/** Listens until the test ends. */
export async function listen(server: Server | import("node:net").Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Everything that it sends. Listens beside whoever else does, who may pause it. */
export const whole = (incoming: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => void chunks.push(chunk));
    incoming.on("end", () => resolve(Buffer.concat(chunks).toString()));
    incoming.on("error", reject);
  });

/** A connection on which a test writes what it likes and reads everything that comes. */
export interface Line {
  socket: Socket;
  text(): string;
  /** Resolves with everything so far when it holds the text. */
  until(wanted: string): Promise<string>;
  closed: Promise<void>;
}

export function dial(port: number): Line {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  const watchers = new Set<() => void>();
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (const watch of watchers) watch();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  const until = (wanted: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        if (text.includes(wanted)) resolve(text);
      };
      watchers.add(watch);
      void closed.then(() => reject(new Error(`closed before ${JSON.stringify(wanted)} came; got ${text}`)));
      watch();
    });
  return { socket, text: () => text, until, closed };
}
