/** An answer of the service that is no success. */
import { cite, RULES, type RuleName } from "./rules.ts";

export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly rule: RuleName | undefined;

  constructor(status: number, code: string, message: string, rule?: RuleName) {
    super(rule === undefined ? message : `${message} ${cite(RULES[rule])}`);
    this.status = status;
    this.code = code;
    this.rule = rule;
  }
}

/** Most refusals: what was asked is wrong. */
export const refuse = (rule: RuleName, message: string, code = "BadRequest", status = 400): never => {
  throw new Refused(status, code, message, rule);
};

export const missing = (id: string): Refused => new Refused(404, "ResourceNotFound", `The resource '${id}' was not found.`);
