/** A closed loop of callers over keep-alive connections. */
import { Connection } from "./connection.ts";
import type { Answer } from "./connection.ts";

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** The bytes of the next request. */
  readonly request: () => string;
  /** Undefined: the connection closed without an answer. */
  readonly heard: (answer: Answer | undefined, ms: number) => void;
  /** Asked before each request. */
  readonly more: () => boolean;
}

/** Resolves when every caller has stopped: there was no more to ask, or nobody to connect to. */
export async function load(options: Load): Promise<void> {
  await Promise.all(Array.from({ length: options.connections }, () => caller(options)));
}

async function caller({ port, request, heard, more }: Load): Promise<void> {
  while (more()) {
    const connection = new Connection(port);
    if (!(await connection.opened())) return;
    let sentAt = 0;
    let waiting = false;
    const next = (): void => {
      if (!more()) return void connection.socket.end();
      sentAt = performance.now();
      waiting = true;
      connection.socket.write(request());
    };
    connection.onAnswer((answer) => {
      waiting = false;
      heard(answer, performance.now() - sentAt);
      if (/\r\nconnection: close\r\n/i.test(answer.head)) connection.socket.end();
      else next();
    });
    next();
    await connection.closed;
    if (connection.broken !== undefined) throw new Error(connection.broken);
    if (waiting) heard(undefined, performance.now() - sentAt);
  }
}

/** A POST of text. */
export const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): string =>
  `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n${body}`;

/** The value below which so many per cent lie. */
export const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] ?? 0;
