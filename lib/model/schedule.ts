/** When an autoscaler keeps other bounds: every week, or once. */
import type { z } from "zod";
import type { AutoscaleRuleArgs } from "./autoscale-rule.ts";
import { list, oneOf, refusing, strict, text, under } from "./fields.ts";
import { certainOfEach } from "./refused.ts";
import { show } from "./refusal.ts";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** A day of the week. */
export type Weekday = (typeof DAYS)[number];

/** A time span that comes back every week. */
export interface RecurrenceArgs {
  /** The days on which it begins. */
  readonly days: readonly Weekday[];
  /** When it begins, `"HH:MM"` from 00:00 to 23:59. */
  readonly start: string;
  /** When it ends, `"HH:MM"`; at `start` or before it, the day after. */
  readonly end: string;
}

/** A time span that comes once. */
export interface FixedDateArgs {
  /** When it begins, `"2026-12-24T00:00"`. */
  readonly start: string;
  /** When it ends, 365 days later at most on Azure. */
  readonly end: string;
}

/** Other bounds, and other rules, for a time: exactly one of `recurrence` and `fixedDate`. */
export interface AutoscaleScheduleArgs {
  /** A time span that comes again. @default - none: `fixedDate` */
  readonly recurrence?: RecurrenceArgs;
  /** A time span that comes once; it goes before every recurrence. Refused on Kubernetes. @default - none: `recurrence` */
  readonly fixedDate?: FixedDateArgs;
  /** IANA name of the time zone, such as `"Europe/Vienna"`. The recurrences of one autoscaler share one. @default "UTC" */
  readonly timeZone?: string;
  /** @default - the autoscaler's */
  readonly minInstances?: number;
  /** @default - the autoscaler's */
  readonly maxInstances?: number;
  /** @default - its `minInstances` */
  readonly defaultInstances?: number;
  /** `[]` keeps the number of instances as it is between the bounds. @default - the autoscaler's */
  readonly rules?: readonly AutoscaleRuleArgs[];
}

const DAY = 24 * 60;
const WEEK = DAYS.length * DAY;

const timeOfDay = () =>
  text('a time, "HH:MM"')
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'expected a time, "HH:MM", from "00:00" to "23:59"' })
    .transform((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));

const recurrence = () =>
  strict({
    days: list(oneOf(...DAYS), "a list of days", "one day or more").refine((days) => new Set(days).size === days.length, { error: "expected each day once" }),
    start: timeOfDay(),
    end: timeOfDay(),
  });

/** A date and time without an offset: the schedule names the zone. Dates that no calendar has roll over, and are refused by not coming back. */
const dateTime = () =>
  text("a date and time").refine((value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(value) && isDate(value), {
    error: 'expected a date and time such as "2026-12-24T08:00", without an offset',
  });

const isDate = (value: string): boolean => {
  const date = new Date(`${value}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
};

/** Milliseconds of a date and time that has been parsed, on a clock without zones. */
export const clock = (value: string): number => Date.parse(`${value}Z`);

const fixedDate = () =>
  under(strict({ start: dateTime(), end: dateTime() }), ({ end, start }) => refusing(["end"], clock(end) > clock(start) ? undefined : "expected an end after the start"));

/** @internal What says when; bounds and rules are the autoscaler's matter. */
export const times = () => ({ recurrence: recurrence().optional(), fixedDate: fixedDate().optional(), timeZone: timeZone() });

const timeZone = () =>
  text("a time zone")
    .regex(/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/, { error: 'expected the IANA name of a time zone, such as "Europe/Vienna"' })
    .default("UTC");

/** A recurrence, parsed: its times are minutes of the day. @internal */
export type Recurrence = z.output<ReturnType<typeof recurrence>>;

/** @internal */
interface Timed {
  readonly recurrence?: Recurrence | undefined;
  readonly fixedDate?: FixedDateArgs | undefined;
  readonly timeZone: string;
}

/** What is wrong with schedules as a set, by name. @internal */
export const scheduleProblems = (schedules: Readonly<Record<string, Timed>>): (readonly [name: string, message: string])[] => {
  const weekly = certainOfEach(schedules, ({ recurrence: times, timeZone: zone }, name) => (times === undefined ? [] : [{ name, times, zone }]));
  return [
    ...certainOfEach(schedules, ({ fixedDate: once, recurrence: often }, name) => ((once === undefined) === (often === undefined) ? [[name, "expected exactly one of recurrence and fixedDate"] as const] : [])),
    ...weekly.flatMap((one, i) => certainOfEach(weekly.slice(0, i), (earlier) => pairProblems(earlier, one))),
  ];
};

interface Weekly {
  readonly name: string;
  readonly times: Recurrence;
  readonly zone: string;
}

const pairProblems = (earlier: Weekly, { name, times, zone }: Weekly): (readonly [name: string, message: string])[] => {
  if (earlier.zone !== zone) return [[name, `expected the time zone of ${show(earlier.name)}, ${show(earlier.zone)}: recurrences of one autoscaler share one, so that none runs into another`]];
  return overlap(earlier.times, times) ? [[name, `expected times apart from those of ${show(earlier.name)}: only one recurrence can hold at a time`]] : [];
};

/** When a recurrence begins, as minutes of the week that begins with Monday. @internal */
export const startsOf = ({ days, start }: Recurrence): number[] => days.map((day) => DAYS.indexOf(day) * DAY + start);

/** When it ends. @internal */
export const endsOf = (times: Recurrence): number[] => startsOf(times).map((start) => (start + length(times)) % WEEK);

/** A minute of the week as a day and a minute of it. */
export const weekTime = (minute: number): { readonly day: Weekday; readonly minute: number } => ({ day: DAYS[Math.floor(minute / DAY)] as Weekday, minute: minute % DAY });

const length = ({ end, start }: Recurrence): number => (end > start ? end - start : end - start + DAY);

const overlap = (a: Recurrence, b: Recurrence): boolean =>
  startsOf(a).some((from) => startsOf(b).some((other) => (other - from + WEEK) % WEEK < length(a) || (from - other + WEEK) % WEEK < length(b)));
