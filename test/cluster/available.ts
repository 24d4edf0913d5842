/** Run by itself: whether the tests of this folder can run here. Where they cannot, says why and exits with 75. */
import { obstacle } from "../rig/kubernetes/cluster.ts";

/** `EX_TEMPFAIL` of sysexits: not wrong, and not here. */
const CANNOT = 75;

const missing = obstacle();
if (missing !== undefined) {
  process.stdout.write(`${missing}\n`);
  process.exitCode = CANNOT;
}
