/** A call that is refused, in the form of Azure's data plane. */

/** Answers with an error. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: string;

  constructor(status: number, message: string, code = CODES[status] ?? "UserError") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const CODES: Readonly<Record<number, string>> = { 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 409: "Conflict", 413: "PayloadTooLarge", 500: "SystemError" };

/** The body of an error. */
export const errorBody = (code: string, message: string): string => JSON.stringify({ error: { code, message } });
