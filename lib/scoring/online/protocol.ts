/**
 * The frames between the front and a Python worker; `../worker/protocol.py` is the other half, `test/scoring/protocol.json` binds the two.
 *
 * frame = u32 length of the whole frame | u8 type | u32 request id | payload       (big endian)
 */

/** Types of frames. Front to worker below 16; about the worker itself from 16; answers from 32. 5, 19 and 20 pass between the front and the parent of preloaded workers; 6 and 24 between a batch job and its workers. */
export const FRAME = { request: 1, body: 2, end: 3, cancel: 4, fork: 5, task: 6, ready: 16, failed: 17, part: 18, forked: 19, exited: 20, batch: 21, raised: 22, printed: 23, done: 24, response: 32, chunk: 33, finish: 34, answer: 35 } as const;

/** Bytes before the payload. */
export const HEADER_BYTES = 9;
/** No frame is longer; longer bodies travel in several. */
export const MAX_FRAME = 1 << 20;
/** Bytes that a worker may say of itself, in all parts: several times what `worker/schemas.py` lets through. */
const MAX_DESCRIPTION = 32 << 20;

/** Flags of a request: no body follows; the body stands behind the head, whose length comes first. */
const [NO_BODY, WHOLE] = [1, 2];

/** What a worker is told about a request before its body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly target: string;
  /** The client's address and port, "10.0.0.1 4711". Default: not told. */
  readonly remote?: string;
  /** What JSON lines call the request. Default: not told, because the log is text. */
  readonly id?: string;
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly headers: readonly string[];
}

/** One frame as it was received. The payload is a view, valid until the next chunk is decoded. */
export type OnFrame = (type: number, request: number, payload: Buffer) => void;

/** Writes the header of a frame, for payloads that are sent on their own. */
export function writeHeader(into: Buffer, at: number, type: number, request: number, payloadBytes: number): number {
  into.writeUInt32BE(HEADER_BYTES + payloadBytes, at);
  into.writeUInt8(type, at + 4);
  into.writeUInt32BE(request, at + 5);
  return at + HEADER_BYTES;
}

/** A whole frame. */
export function encode(type: number, request: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  payload.copy(frame, writeHeader(frame, 0, type, request, payload.length));
  return frame;
}

/** The REQUEST frame. `body`: its parts, when they are all there and fit into one frame; undefined: BODY frames and an END follow. */
export function encodeRequest(request: number, head: RequestHead, body?: readonly Buffer[]): Buffer {
  // Header values, and so ids, are bytes 0-255 to HTTP and to Node, and a line feed cannot occur in them.
  let text = `${head.method}\n${head.target}\n${head.remote ?? ""}\n${head.id ?? ""}`;
  for (const part of head.headers) text += `\n${part}`;
  const bodyBytes = body?.reduce((sum, part) => sum + part.length, 0) ?? 0;
  const before = bodyBytes === 0 ? 1 : 5;
  const payloadBytes = before + text.length + bodyBytes;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes);
  let at = writeHeader(frame, 0, FRAME.request, request, payloadBytes);
  frame[at] = bodyBytes > 0 ? WHOLE : body === undefined ? 0 : NO_BODY;
  if (bodyBytes > 0) frame.writeUInt32BE(text.length, at + 1);
  at += before;
  at += frame.write(text, at, "latin1");
  if (bodyBytes > 0) for (const part of body ?? []) at += part.copy(frame, at);
  return frame;
}

/** Status and flat list of headers of a RESPONSE. */
export function decodeResponse(payload: Buffer): { status: number; headers: string[] } {
  return { status: payload.readUInt16BE(0), headers: lines(payload.toString("latin1", 2)) };
}

/** Status, flat list of headers and content of an ANSWER. */
export function decodeAnswer(payload: Buffer): { status: number; headers: string[]; content: Buffer } {
  const end = 6 + payload.readUInt32BE(2);
  return { status: payload.readUInt16BE(0), headers: lines(payload.toString("latin1", 6, end)), content: payload.subarray(end) };
}

const lines = (text: string): string[] => (text === "" ? [] : text.split("\n"));

/** What a worker says of itself, put together from its parts. */
export class Parts {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** Throws when there is too much of it. */
  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_DESCRIPTION) throw new RangeError(`it says more than ${MAX_DESCRIPTION} bytes of itself`);
    this.#parts.push(Buffer.from(part));
  }

  /** The whole JSON text, with the last part. */
  end(last: Buffer): string {
    const text = Buffer.concat([...this.#parts, last]).toString();
    this.#parts = [];
    this.#bytes = 0;
    return text;
  }
}

/** Cuts a stream of bytes into frames. Throws when the bytes cannot be frames, or when {@link onFrame} throws, and takes nothing more from then on. */
export function decoder(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  let broken = false;
  return (chunk) => {
    if (broken) return; // what follows is of the sender's making, and may look like frames
    broken = true;
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const total = bytes.readUInt32BE(at);
      if (total < HEADER_BYTES || total > MAX_FRAME) throw new RangeError(`a frame of ${total} bytes`);
      if (bytes.length - at < total) break;
      onFrame(bytes.readUInt8(at + 4), bytes.readUInt32BE(at + 5), bytes.subarray(at + HEADER_BYTES, at + total));
      at += total;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
    broken = false;
  };
}
