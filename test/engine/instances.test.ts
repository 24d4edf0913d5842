import { instances } from "./lives/instances.ts";
import { live } from "./life.ts";

live(instances);
