import { places } from "./lives/places.ts";
import { live } from "./life.ts";

live(places);
