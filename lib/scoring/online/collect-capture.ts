/** Keeps a copy of one request and its answer, as they pass by. */
import { randomUUID } from "node:crypto";
import { HEADERS } from "../contract.ts";
import type { Call, Tap } from "./call.ts";
import { attributeName } from "./cloud-event.ts";
import type { CollectorSettings } from "./collect-file.ts";
import type { CollectStore } from "./collect-store.ts";
import { Payload } from "./collect-payload.ts";
import { valueOf } from "./headers.ts";
import { redacted } from "./redact.ts";

/** What was decided about a request before its first byte. */
export interface Choice {
  readonly request: boolean;
  readonly response: boolean;
}

export class Capture implements Tap {
  readonly #call: Call;
  readonly #settings: CollectorSettings;
  readonly #request: Payload | undefined;
  readonly #response: Payload | undefined;
  /** As the client wrote it, whatever a worker sees. */
  readonly #path: string;
  #responseType: string | undefined;

  constructor(call: Call, settings: CollectorSettings, store: CollectStore, choice: Choice) {
    this.#call = call;
    this.#settings = settings;
    this.#path = call.target;
    const payload = (wanted: boolean): Payload | undefined => (wanted ? new Payload(store, settings.maxPayloadBytes) : undefined);
    this.#request = payload(choice.request);
    this.#response = payload(choice.response);
  }

  request(chunk: Buffer): void {
    this.#request?.add(chunk);
  }

  head(_status: number, headers: readonly string[]): void {
    this.#responseType = valueOf(headers, "content-type");
  }

  response(chunk: Buffer): void {
    this.#response?.add(chunk);
  }

  /** The request is over. Kept are whole requests that a worker has had, and whole answers. */
  finish(): void {
    const { request, milestones, modelStatus } = this.#call;
    const ids = this.#ids();
    const time = Date.now();
    if (milestones.begun !== undefined && request.complete) {
      const attributes = [["path", redacted(this.#path)], ["method", request.method ?? "GET"], ...ids, ...this.#headers(ids)] as const;
      const sent = request.headers["content-type"];
      this.#request?.give({ collection: "request", id: randomUUID(), time, contentType: sent === undefined ? undefined : redacted(sent), attributes });
    } else this.#request?.forget();
    if (milestones.replyEnded !== undefined) {
      const attributes = [["statuscode", String(modelStatus)], ...ids] as const;
      this.#response?.give({ collection: "response", id: randomUUID(), time, contentType: this.#responseType, attributes });
    } else this.#response?.forget();
  }

  #ids(): (readonly [string, string])[] {
    const id = redacted(this.#call.id(HEADERS.requestId) ?? randomUUID());
    const { modelVersion } = this.#settings;
    return [["correlationid", id], ["xrequestid", id], ...(modelVersion === undefined ? [] : [["modelversion", modelVersion] as const])];
  }

  #headers(before: readonly (readonly [string, string])[]): (readonly [string, string])[] {
    const { headers } = this.#call.request;
    return this.#settings.requestLogging.captureHeaders.flatMap((name) => {
      const value = headers[name];
      const attribute = attributeName(name);
      return value === undefined || before.some(([taken]) => taken === attribute) ? [] : [[attribute, redacted(String(value))] as const];
    });
  }
}
