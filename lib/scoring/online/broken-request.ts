/** Bytes that are no HTTP request: an answer that says so, after the answers to the requests before them, and the same line and count as for any other. */
import { IncomingMessage, STATUS_CODES, ServerResponse, maxHeaderSize } from "node:http";
import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";
import { HEADERS } from "../contract.ts";
import { Call } from "./call.ts";
import type { Voice } from "./call.ts";
import { message } from "./message.ts";

/** Method and path of what could not be read. */
const UNREAD = "-";

/** What Node's parser says of such bytes. */
interface ParseError extends Error {
  readonly code?: string;
  readonly reason?: string;
}

/** Attaches the answers to a server. What is returned must hear of each request. */
export function answerBrokenRequests(server: HttpServer, voice: Voice): (call: Call) => void {
  const latest = new WeakMap<Socket, Call>();
  const broken = new WeakSet<Socket>();
  server.on("clientError", (error: ParseError, stream) => {
    const socket = stream as Socket; // as of every connection of a server
    if (broken.has(socket)) return; // whatever else comes is broken too
    broken.add(socket);
    const before = latest.get(socket);
    const refuse = (): void => {
      const open = before !== undefined && !before.response.writableFinished;
      const amid = open && before.response.headersSent; // a second head would look like a part of its answer
      if (error.code === "ECONNRESET" || !socket.writable || amid) return void socket.destroy();
      const call = open ? before : unread(voice, socket);
      const [status, text] = meaning(error);
      const body = message(text);
      socket.end(headOf(call, voice, status, Buffer.byteLength(body)) + body, () => socket.destroy());
      // Of a client that leaves amid its body, whoever reads the body tells.
      if (!open || error.code !== "HPE_INVALID_EOF_STATE") call.finished(status, Buffer.byteLength(body));
    };
    // A request before these bytes is being answered, unless they are a part of it.
    if (before === undefined || before.response.writableFinished || !before.request.complete) return refuse();
    before.response.once("close", refuse);
  });
  return (call) => void latest.set(call.request.socket, call);
}

/** Nothing is known of it, so that only those who look on need it. */
function unread(voice: Voice, socket: Socket): Call {
  const request = Object.assign(new IncomingMessage(socket), { method: UNREAD, url: UNREAD, httpVersion: "1.1" });
  return new Call(voice, request, new ServerResponse(request), false);
}

function headOf({ managed, ids }: Call, { deployment }: Voice, status: number, bytes: number): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: application/json",
    `Content-Length: ${bytes}`,
    "Connection: close",
    ...(managed ? ids.headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${ids.headers[at + 1]}`] : [])) : []),
    ...(deployment === undefined ? [] : [`${HEADERS.deployment}: ${deployment}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function meaning({ code, reason }: ParseError): [status: number, text: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, `The request's headers must not exceed ${maxHeaderSize} bytes.`];
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return [413, "The extensions of the request's chunks are too long."];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request took too long to arrive."];
  return [400, `The bytes are no HTTP request${reason === undefined ? "" : ` (${reason})`}.`];
}
