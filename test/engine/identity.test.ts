import { identity } from "./lives/identity.ts";
import { live } from "./life.ts";

live(identity);
