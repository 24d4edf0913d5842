/** Requests as nobody should write them. Those that keep to HTTP's framing can be followed by others; those that break it cannot. */

/** Numbers that look random and are the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  bytes(length: number, low: number, high: number): string {
    return String.fromCharCode(...Array.from({ length }, () => low + this.below(high - low + 1)));
  }
}

/** One request in latin-1, and its method. */
export interface Fuzzed {
  readonly method: string;
  readonly text: string;
}

const METHODS = ["GET", "GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "M-SEARCH", "LINK", "PURGE"];
const NAMES = [
  "x-request-id", "x-ms-request-id", "x-ms-client-request-id", "TraceId", "traceparent", "tracestate", "azureml-model-deployment", "Authorization", "Origin",
  "Access-Control-Request-Method", "Accept", "Cookie", "X-Forwarded-For", "Inference-Header-Content-Length", "Content-Type", "Content-Encoding", "Range", "If-None-Match", "TE", "Via",
];
const TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/octet-stream", ";;;", "a/b; c=\"d", ""];

/** Framed as it should be, whatever it says. */
export function framed(dice: Dice): Fuzzed {
  const method = dice.one(METHODS);
  const to = target(dice);
  const head = `${method} ${to} HTTP/1.1\r\nHost: ${dice.one(["test", "", "[::1]", "a b", dice.bytes(20, 0x21, 0x7e)])}\r\n${headers(dice)}`;
  if (method !== "POST" && method !== "PUT" && method !== "PATCH" && dice.chance(80)) return { method, text: `${head}\r\n` };
  const body = dice.bytes(dice.chance(5) ? dice.below(3000) : dice.below(60), 0, 255);
  // Chunks that are refused unread end their connection, because nobody knows how many there are.
  const chunked = method === "POST" && /^\/score(\?|$)/.test(to) && dice.chance(50);
  return { method, text: chunked ? `${head}Transfer-Encoding: chunked\r\n\r\n${chunks(dice, body)}` : `${head}Content-Length: ${body.length}\r\n\r\n${body}` };
}

function target(dice: Dice): string {
  const path = dice.one(["/score", "/score", "/", "/swagger.json", "/score/", "//score", "/%73core", "/sc%ZZore", "/readyz", "/metrics", "/..", "*", "/v2/models/m/infer", "/invocations"]);
  if (path === "*" || dice.chance(60)) return path === "*" ? "/*" : path;
  if (dice.chance(10)) return `http://other${path}`;
  return `${path}?${dice.bytes(dice.below(dice.chance(5) ? 3000 : 30), 0x21, 0x7e).replaceAll("#", "%")}`;
}

function headers(dice: Dice): string {
  let text = "";
  for (let left = dice.below(8); left > 0; left -= 1) {
    const name = dice.chance(70) ? dice.one(NAMES) : dice.bytes(1 + dice.below(12), 0x61, 0x7a);
    const value = name === "Content-Type" ? dice.one(TYPES) : dice.bytes(dice.below(dice.chance(3) ? 2000 : 40), 0x21, 0xff).replaceAll("\x7f", "?");
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function chunks(dice: Dice, body: string): string {
  let text = "";
  for (let at = 0; at < body.length; ) {
    const size = 1 + dice.below(body.length - at);
    text += `${size.toString(16)}${dice.chance(20) ? ";ext=1" : ""}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${dice.chance(20) ? "X-Trailer: late\r\n" : ""}\r\n`;
}

/** Bytes after which nothing can be expected of the connection but its end. */
export function broken(dice: Dice): string {
  const { text } = framed(dice);
  const at = dice.below(text.length);
  switch (dice.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + dice.bytes(dice.below(50), 0, 255) + text.slice(at);
    case 3:
      return dice.bytes(1 + dice.below(200), 0, 255);
    case 4:
      return `POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: ${dice.one(["-1", "1e3", "0x10", "99999999999999999999", "5, 6", " ", "+5"])}\r\n\r\nhello`;
    case 5:
      return "POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    case 6:
      return `POST /score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${dice.one(["zz\r\nhello\r\n", "-5\r\nhello\r\n", "5\r\nhel", "ffffffffffffffffff\r\n", "5\nhello\n"])}`;
    case 7:
      return `GET /score HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(64 * 1024)}\r\n\r\n`;
    default:
      return dice.one(["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /score HTTP/3.7\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET  /score HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00"]);
  }
}
