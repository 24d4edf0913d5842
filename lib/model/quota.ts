/** Quota of cores. */
import { record, whole } from "./fields.ts";

/** @internal Which families there are, the target knows. */
export const coresByFamily = () => record(whole("cores", 0), "an object of cores by VM family").default({});
