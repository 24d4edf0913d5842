/** Several who want to see the bytes of one request. */
import type { Call, Tap } from "./call.ts";

/** Lets one more see them. */
export function addTap(call: Call, tap: Tap): void {
  const first = call.tap;
  if (first === undefined) {
    call.tap = tap;
    return;
  }
  call.tap = {
    request: (chunk) => {
      first.request(chunk);
      tap.request(chunk);
    },
    head: (status, headers) => {
      first.head(status, headers);
      tap.head(status, headers);
    },
    response: (chunk) => {
      first.response(chunk);
      tap.response(chunk);
    },
  };
}
