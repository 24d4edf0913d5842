/** The provider for Kubernetes, as the engine starts it. */
import { createRequire } from "node:module";
import { start } from "../../plugin/start.ts";
import { provider } from "./provider.ts";

const { version } = createRequire(import.meta.url)("@pulumi/kubernetes/package.json") as { version: string };
await start(provider(version));
