/** The call log: `calls.jsonl`, a line a request that the service saw, and a line a long-running operation that ended. */
import { join } from "node:path";
import type { Body } from "../json.ts";
import { LOG, readIf } from "./store.ts";

export interface CallLine {
  /** Counts calls from 1. */
  readonly n: number;
  readonly at: string;
  readonly pid: number;
  readonly method: string;
  readonly path: string;
  readonly body?: Body;
  readonly status: number;
  /** Of a refusal. */
  readonly code?: string;
  readonly message?: string;
  /** Number of the rule that refused, or that did what the caller may not expect. */
  readonly rule?: number;
  /** The template's deployment that asked. */
  readonly via?: string;
}

export interface DoneLine {
  /** Path of the resource. */
  readonly done: string;
  readonly method: string;
  readonly at: string;
  readonly state: "Succeeded" | "Failed";
  readonly code?: string;
  readonly message?: string;
  readonly rule?: number;
}

export type LogLine = CallLine | DoneLine;

export const lines = (folder: string): readonly LogLine[] =>
  (readIf(join(folder, LOG)) ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);

export const calls = (folder: string): readonly CallLine[] => lines(folder).filter((line): line is CallLine => "n" in line);

/** Without reads. */
export const writes = (folder: string): readonly CallLine[] => calls(folder).filter(({ method }) => method !== "GET");

export const refusals = (folder: string): readonly CallLine[] => calls(folder).filter(({ status }) => status >= 400 && status !== 404);

export const done = (folder: string): readonly DoneLine[] => lines(folder).filter((line): line is DoneLine => "done" in line);

/** `PUT deployments/green 201`, for tests to compare whole lives with. */
export const brief = ({ method, path, status }: CallLine): string => `${method} ${path.split("/").slice(-2).join("/")} ${status}`;
