/** azure-native's client of the API: retries, waits for long-running operations, and says what went wrong in its own words. */
import type { Body } from "../../json.ts";
import { service, type Answer, type Request } from "../service.ts";

export class AzureError extends Error {
  readonly status: number;
  /** The request had been accepted when it failed. */
  readonly accepted: boolean;

  constructor(status: number, code: string, message: string, accepted = false) {
    super(`Status=${status} Code="${code}" Message="${message}"`);
    this.status = status;
    this.accepted = accepted;
  }
}

export interface Client {
  /** @throws AzureError */
  readonly send: (request: Request, timeoutSeconds?: number) => Promise<Body>;
  /** Undefined where there is nothing. */
  readonly get: (path: string) => Promise<Body | undefined>;
  /** Ends every wait, and everything after it, with an error. */
  readonly cancel: () => void;
}

const RETRIED = new Set([408, 429, 500, 502, 503, 504]);
/** The real client waits 20, 60 and 120 seconds. */
const BACKOFF_MS = [2, 6, 12];
const TWO_HOURS = 7200;

export const client = (folder: string): Client => {
  const azure = service(folder);
  let cancelled = false;
  const send = async (request: Request, timeoutSeconds?: number): Promise<Body> => {
    const { body, operation } = await retried(() => azure.request(request));
    if (operation !== undefined) await wait(operation, Date.now() + (timeoutSeconds ?? TWO_HOURS) * 1000);
    return body;
  };
  const wait = async (operation: string, deadline: number): Promise<void> => {
    for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
      const { status, error } = azure.poll(operation);
      if (status === "Succeeded") return;
      if (error !== undefined) throw new AzureError(200, error.code, error.message, true);
      if (cancelled) throw new AzureError(0, "Canceled", "context canceled", true);
      if (Date.now() > deadline) throw new AzureError(0, "Timeout", "operation timed out", true);
      await sleep(pause);
    }
  };
  const get = async (path: string): Promise<Body | undefined> => {
    if (cancelled) throw new AzureError(0, "Canceled", "context canceled");
    const answer = await retried(() => azure.request({ method: "GET", path }), [404]);
    return answer.status === 404 ? undefined : answer.body;
  };
  return { send, get, cancel: () => void (cancelled = true) };
};

const retried = async (attempt: () => Answer, allowed: readonly number[] = []): Promise<Answer> => {
  for (let tries = 0; ; tries += 1) {
    const answer = attempt();
    if (answer.status < 400 || allowed.includes(answer.status)) return answer;
    const { code, message } = answer.body["error"];
    const again = RETRIED.has(answer.status) || (answer.status === 409 && code === "AnotherOperationInProgress");
    const backoff = BACKOFF_MS[tries];
    if (!again || backoff === undefined) throw new AzureError(answer.status, code, message);
    await sleep(backoff);
  }
};

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
