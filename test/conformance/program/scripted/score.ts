/** Does what the request says. */
import { setTimeout as sleep } from "node:timers/promises";

const ACTS: Record<string, (value: any) => unknown> = {
  double: (value: number) => 2 * value,
  variable: (name: string) => process.env[name] ?? null,
  raise: (text: string) => {
    throw new Error(text);
  },
  late: (ms: number) => sleep(ms, "late"),
  drip: async function* (ms: number) {
    yield "first\n";
    await sleep(ms);
    yield "last\n";
  },
};

export const init = (): void => {};

export const run = (data: string): unknown => {
  const { act, value } = JSON.parse(data) as { act: string; value: unknown };
  return ACTS[act]?.(value);
};
