/** Bytes that are no HTTP request: an answer that says so, after the answers to the requests before them. */
import { STATUS_CODES, maxHeaderSize } from "node:http";
import type { Server as HttpServer, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { HEADERS } from "../contract.ts";
import { message } from "./message.ts";

/** What Node's parser says of such bytes. */
interface ParseError extends Error {
  readonly code?: string;
  readonly reason?: string;
}

/** Attaches the answers to a server. */
export function answerBrokenRequests(server: HttpServer, deployment: string | undefined): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  const broken = new WeakSet<Duplex>();
  const remember = (request: { socket: Duplex }, response: ServerResponse): void => void latest.set(request.socket, response);
  server.on("request", remember);
  server.on("checkContinue", remember);
  server.on("clientError", (error: ParseError, socket: Duplex) => {
    if (broken.has(socket)) return; // whatever else comes is broken too
    broken.add(socket);
    const before = latest.get(socket);
    const refuse = (): void => {
      const amid = before !== undefined && before.headersSent && !before.writableFinished; // a second head would look like a part of its answer
      if (error.code === "ECONNRESET" || !socket.writable || amid) return void socket.destroy();
      socket.end(refusal(error, deployment), () => socket.destroy());
    };
    // A request before these bytes is being answered, unless they are a part of it.
    if (before === undefined || before.writableFinished || !before.req.complete) return refuse();
    before.once("close", refuse);
  });
}

function refusal(error: ParseError, deployment: string | undefined): string {
  const [status, text] = meaning(error);
  const body = message(text);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...(deployment === undefined ? [] : [`${HEADERS.deployment}: ${deployment}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

function meaning({ code, reason }: ParseError): [status: number, text: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, `The request's headers must not exceed ${maxHeaderSize} bytes.`];
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return [413, "The extensions of the request's chunks are too long."];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request took too long to arrive."];
  return [400, `The bytes are no HTTP request${reason === undefined ? "" : ` (${reason})`}.`];
}
