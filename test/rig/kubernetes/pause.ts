/** The image that holds a pod's namespaces: one static program. */
import { join } from "node:path";
import { archiveOf } from "./image.ts";

export const PAUSE = "rig.example/pause:1";

/** Makes the archive below a folder, and gives its path. */
export const pauseArchive = (binaries: string, below: string): string => archiveOf(PAUSE, join(below, "pause"), { pause: join(binaries, "pause") }, { Entrypoint: ["/pause"], User: "65535:65535" });
