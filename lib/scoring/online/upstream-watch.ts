/** Asks a server how it is, again and again, and tells when that changes. */
import { get } from "node:http";
import type { ClientRequest } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Pace } from "./upstream-pace.ts";

/** Hears of changes alone. */
export interface Hearer {
  up(): void;
  /** `reason` reads after "it", such as "answered 503". */
  down(reason: string): void;
}

/** A question to a server; what it calls back reads after "it", and is undefined when all is well. The function returned takes it back. */
type Ask = (done: (problem: string | undefined) => void) => () => void;

/** Where to ask: an address that answers 2xx, or, with `connects` alone, a port that accepts connections. */
export interface Question {
  readonly url: URL;
  readonly connects?: boolean;
}

/** A probe that runs until it is stopped. */
export class Watch {
  readonly #ask: Ask;
  readonly #pace: Pace;
  readonly #hearer: Hearer;
  #up: boolean;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #takeBack: (() => void) | undefined;

  /** `up` is what is believed to begin with. */
  constructor({ url, connects }: Question, pace: Pace, up: boolean, hearer: Hearer) {
    this.#ask = connects === true ? connectTo(url, pace.timeoutMs) : getFrom(url, pace.timeoutMs);
    this.#pace = pace;
    this.#up = up;
    this.#hearer = hearer;
    this.#again(0);
  }

  /** Somebody has reason to doubt: asks at once. */
  doubt(): void {
    if (this.#timer !== undefined && this.#up) this.#again(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#takeBack?.();
    this.#takeBack = undefined;
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const takeBack = this.#ask((problem) => {
        if (this.#takeBack === takeBack) this.#heard(problem); // else it was stopped, or has been heard
      });
      this.#takeBack = takeBack;
    }, ms);
  }

  #heard(problem: string | undefined): void {
    this.#takeBack = undefined;
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    this.#again(problem === undefined ? this.#pace.everyMs : this.#pace.againMs);
    if (problem === undefined && !this.#up) {
      this.#up = true;
      this.#hearer.up();
    } else if (problem !== undefined && this.#up && this.#failures >= this.#pace.failures) {
      this.#up = false;
      this.#hearer.down(problem);
    }
  }
}

/** A host as sockets take it: without the brackets of an address of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** The port of a URL, whose default it does not show. */
export const portOf = ({ port }: URL): number => (port === "" ? 80 : Number(port));

function getFrom(url: URL, timeoutMs: number): Ask {
  return (done) => {
    const path = `${url.pathname}${url.search}`;
    const asked = get({ host: hostOf(url), port: portOf(url), path, agent: false }, ({ statusCode = 0 }) => {
      done(statusCode >= 200 && statusCode < 300 ? undefined : `answered ${statusCode}`);
      asked.destroy();
    });
    return questioned(asked, timeoutMs, done);
  };
}

function connectTo(url: URL, timeoutMs: number): Ask {
  return (done) => {
    const socket = connect(portOf(url), hostOf(url), () => {
      done(undefined);
      socket.destroy();
    });
    return questioned(socket, timeoutMs, done);
  };
}

/** Bounds the time of a question. The first thing that is heard of it counts. */
function questioned(asked: ClientRequest | Socket, timeoutMs: number, done: (problem: string) => void): () => void {
  const timer = setTimeout(() => {
    done(`did not answer within ${timeoutMs} ms`);
    asked.destroy();
  }, timeoutMs);
  asked.on("error", (error: NodeJS.ErrnoException) => done(described(error)));
  asked.on("close", () => clearTimeout(timer));
  return () => void asked.destroy();
}

/** What an error of a socket says about the other side, after "it". */
export const described = ({ code, message }: NodeJS.ErrnoException): string => {
  if (code === "ECONNREFUSED") return "refused the connection";
  if (code === "ECONNRESET" || code === "EPIPE") return "closed the connection without an answer";
  if (code?.startsWith("HPE_") === true) return `did not answer in HTTP/1.1 (${code})`;
  return `could not be reached (${code ?? message})`;
};
