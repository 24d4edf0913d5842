import { replacement } from "./lives/replacement.ts";
import { live } from "./life.ts";

live(replacement);
