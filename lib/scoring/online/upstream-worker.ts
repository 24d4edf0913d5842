/** A server behind the front as the pool's one worker: asked whether it is ready, started and ended where that is the front's to do. */
import { Agent, request } from "node:http";
import type { ClientRequest } from "node:http";
import { info, warn } from "./log.ts";
import type { RequestHead } from "./protocol.ts";
import { UpstreamCommand } from "./upstream-command.ts";
import { UpstreamExchange } from "./upstream-exchange.ts";
import type { Way } from "./upstream-exchange.ts";
import { PACE } from "./upstream-pace.ts";
import { Watch, hostOf, portOf } from "./upstream-watch.ts";
import type { Exchange, Replies, Worker, WorkerEvents } from "./worker.ts";

/**
 * An idle connection is closed after a second: servers close theirs after two (gunicorn), five (uvicorn, Node) or more, and a request that
 * meets such a close on its way is lost. A new connection on the same machine costs a tenth of a millisecond.
 */
const IDLE_MS = 1000;
/** What a head of the server's may have, in bytes. */
const HEAD_BYTES = 64 * 1024;

/** Which server, and how it is asked. */
export interface UpstreamOptions {
  readonly scoring: URL;
  /** Absent: its port accepts connections. */
  readonly readiness?: URL | undefined;
  readonly liveness?: URL | undefined;
  readonly paths: readonly string[];
  /** Absent: somebody else starts it. */
  readonly command?: readonly string[] | undefined;
  /** Variables of the command's environment beyond our own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the front's own liveness says. */
export interface Life {
  problem: string | undefined;
}

export class UpstreamWorker implements Worker, Way {
  readonly name: string;
  readonly #options: UpstreamOptions;
  readonly #events: WorkerEvents;
  readonly #life: Life;
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 256 });
  readonly #command: UpstreamCommand | undefined;
  readonly #readiness: Watch;
  #liveness: Watch | undefined;
  #ended = false;

  constructor(options: UpstreamOptions, life: Life, events: WorkerEvents) {
    this.#options = options;
    this.#events = events;
    this.#life = life;
    const { scoring, readiness, command, environment } = options;
    if (command !== undefined) this.#command = new UpstreamCommand(command, environment, (how, failure) => this.#exited(how, failure));
    this.name = `the server at ${scoring.host}`;
    const question = readiness === undefined ? { url: scoring, connects: true } : { url: readiness };
    this.#readiness = new Watch(question, PACE.readiness, false, { up: () => this.#ready(), down: (reason) => this.#unready(reason) });
  }

  begin(head: RequestHead, body: readonly Buffer[], whole: boolean, replies: Replies): Exchange {
    return new UpstreamExchange(this, head, body, whole, replies);
  }

  open({ method, target, headers }: RequestHead, fresh: boolean): ClientRequest {
    const { scoring } = this.#options;
    const agent = fresh ? false : this.#agent;
    return request({ host: hostOf(scoring), port: portOf(scoring), agent, method, path: target, headers: [...headers], maxHeaderSize: HEAD_BYTES });
  }

  doubt(): void {
    this.#readiness.doubt();
  }

  stop(): void {
    if (this.#command === undefined) this.#exited("was left", undefined);
    else this.#command.stop();
  }

  kill(reason: string): void {
    warn(`${this.name} is ended: ${reason}`);
    this.stop();
  }

  #ready(): void {
    info(`${this.name} is ready`);
    this.#events.ready({});
    this.#watchLife();
  }

  #unready(reason: string): void {
    warn(`${this.name} is not ready: it ${reason}`);
    this.#events.unready();
  }

  /** Begins when it is ready for the first time: how long a start may take is for the platform's startup probe to say. */
  #watchLife(): void {
    const { liveness } = this.#options;
    if (liveness === undefined || this.#liveness !== undefined) return;
    const up = (): void => {
      this.#life.problem = undefined;
      info(`${this.name} is alive again`);
    };
    const down = (reason: string): void => {
      if (this.#command !== undefined) return this.kill(`asked whether it is alive, it ${reason}`);
      this.#life.problem = `${this.name} is not alive: it ${reason}`;
      warn(this.#life.problem);
    };
    this.#liveness = new Watch({ url: liveness }, PACE.liveness, true, { up, down });
  }

  #exited(how: string, failure: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#readiness.stop();
    this.#liveness?.stop();
    if (failure !== undefined) this.#events.failed({ reason: failure });
    this.#events.exited(how);
    this.#agent.destroy(); // last: a request that loses its connection makes room, and nobody may be sent here any more
  }
}
