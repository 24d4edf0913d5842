/** A port for a server that the front starts, where the command leaves the choice to us: several may run on one machine. */
import { createServer } from "node:http";
import { listen } from "./listen.ts";
import type { Settings } from "./options.ts";

/** Stands in the command for the port. */
const PLACE = "{port}";

/** The settings with a port that is free in the command and in every address. */
export async function withFreePort(settings: Settings): Promise<Settings> {
  const { upstreamCommand, upstreamScoring, upstreamReadiness, upstreamLiveness } = settings;
  if (upstreamCommand?.some((part) => part.includes(PLACE)) !== true) return settings;
  const server = createServer();
  const port = String(await listen(server, { host: "127.0.0.1", port: 0, flag: "--upstream-command" }));
  await new Promise((resolve) => server.close(resolve));
  return {
    ...settings,
    upstreamCommand: upstreamCommand.map((part) => part.replaceAll(PLACE, port)),
    upstreamScoring: atPort(upstreamScoring, port),
    upstreamReadiness: atPort(upstreamReadiness, port),
    upstreamLiveness: atPort(upstreamLiveness, port),
  };
}

function atPort(address: string | undefined, port: string): string | undefined {
  if (address === undefined) return undefined;
  const url = new URL(address);
  url.port = port;
  return url.href;
}
