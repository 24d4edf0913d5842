import { batch } from "./lives/batch.ts";
import { live } from "./life.ts";

live(batch);
