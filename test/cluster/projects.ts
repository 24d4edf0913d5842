/** The parts of this folder's tests, in the order in which they run. */
export const PROJECTS = ["alone", "together"] as const;
