import { refusals } from "./lives/refusals.ts";
import { live } from "./life.ts";

live(refusals);
