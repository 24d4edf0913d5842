import { interruption } from "./lives/interruption.ts";
import { live } from "./life.ts";

live(interruption);
