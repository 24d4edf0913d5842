import { live } from "./life.ts";
import { sharing } from "./lives/sharing.ts";

live(sharing);
