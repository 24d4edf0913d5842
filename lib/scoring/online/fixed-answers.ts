/** Answers of the front itself, in the words of the original where it has them. */
import type { Answer, Call } from "./call.ts";
import { RUN_FAILED, message } from "./message.ts";

/** The type of answers that are no JSON, as Flask writes it. */
export const HTML = "text/html; charset=utf-8";
/** The script is not to blame. */
export const NOT_FAILED = [RUN_FAILED, "False"];
const NOT_FOUND =
  "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.";
const NOT_ALLOWED = "The method is not allowed for the requested URL.";

/** Answers with ids, unless one of them is too long. */
export const withIds = (call: Call, answer: Answer): void => (call.ids.refusal === undefined ? call.answer(answer) : tooLong(call));

/** 431 */
export const tooLong = (call: Call): void => call.answer({ status: 431, body: message(call.ids.refusal ?? ""), headers: NOT_FAILED });

export const absent: Answer = { status: 404, body: message(NOT_FOUND), headers: NOT_FAILED, ids: false };
export const notAllowed: Answer = { status: 405, body: message(NOT_ALLOWED), headers: NOT_FAILED, ids: false };
export const options: Answer = { status: 200, body: "", type: HTML, headers: ["Allow", "OPTIONS, GET, HEAD"], container: false };
/** The same for `/score`, where no method is named. */
export const preflight: Answer = { status: 200, body: "", type: HTML, headers: NOT_FAILED };
export const unauthorized: Answer = {
  status: 401,
  body: message("Valid credentials are needed: Authorization: Bearer <key or token>."),
  headers: ["WWW-Authenticate", "Bearer"],
  container: false,
};

export const forbidden: Answer = { status: 403, body: message("The token is valid, but its subject may not call this endpoint."), container: false };

/** An `Expect` that is not 100-continue. */
export const unexpected: Answer = { status: 417, body: message("The only expectation that this server meets is 100-continue."), container: false, ids: false };

export const noWebSocket: Answer = {
  status: 501,
  body: message("WebSocket is not supported here: this server speaks HTTP/1.1, and streams answers in chunks or as server-sent events."),
  container: false,
};
