import { shadowOf, type Traffic } from "../../model/traffic.ts";
import type { LocalShare } from "./plan.ts";

/** The router's table. A deployment at 0 is not in it, and still answers to its name in the header. */
export const compileTraffic = (shares: Traffic): LocalShare[] =>
  Object.entries(shares)
    .filter(([, percent]) => percent > 0)
    .map(([deployment, percent]) => ({ deployment, percent }));

export const compileMirror = (shares: Traffic): LocalShare | undefined => shadowOf(shares);
