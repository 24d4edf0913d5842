import { files } from "./lives/files.ts";
import { live } from "./life.ts";

live(files);
