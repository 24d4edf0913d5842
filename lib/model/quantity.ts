/** Amounts as Kubernetes writes them, on both targets that take them. */
import { late, record, refusing, strict, under } from "./fields.ts";
import { certainOfEach } from "./refused.ts";
import { show } from "./refusal.ts";

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity as a number; nothing for a late value, or for text that is none. */
export const quantity = (value: unknown): number | undefined => {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(value) : null;
  const unit = UNITS[match?.[2] ?? "none"];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
};

const amount = <V>() =>
  late<V>("a quantity").refine((value) => typeof value !== "string" || quantity(value) !== undefined, {
    error: 'expected a quantity such as "500m", "2" or "1Gi"',
  });

const amounts = <V>() => record(amount<V>(), "an object of quantities");

/** @internal What a container asks for and may use; a request above its limit could never be met. */
export const resources = <V>() =>
  under(strict({ requests: amounts<V>().optional(), limits: amounts<V>().optional() }), ({ limits = {}, requests = {} }) =>
    certainOfEach(requests, (request, kind) => {
      const fits = (quantity(request) ?? 0) <= (quantity(limits[kind]) ?? Number.POSITIVE_INFINITY);
      return refusing(["requests", kind], fits ? undefined : `expected no more than the limit, ${show(limits[kind])}`);
    }),
  );
