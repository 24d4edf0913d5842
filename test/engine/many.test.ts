import { many } from "./lives/many.ts";
import { live } from "./life.ts";

live(many);
