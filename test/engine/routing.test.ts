import { routing } from "./lives/routing.ts";
import { live } from "./life.ts";

live(routing);
