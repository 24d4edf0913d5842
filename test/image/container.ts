/** Containers as a careful cluster runs them: read-only, no capability, nobody's user, and only loopback to be reached at. */
import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { send, type Reply, type SendOptions } from "../scoring/harness.ts";
import { docker } from "./docker.ts";
import { IMAGE } from "./setup.ts";

/** What makes a `docker` command ask the tests' own daemon; `setup.ts` has said it. */
export const env = Object.fromEntries(["DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_BUILDKIT"].map((name) => [name, process.env[name] ?? ""]));

const CAREFUL = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

/** How a container is run. */
export interface RunOptions {
  readonly image?: string;
  /** More flags of `docker run`. */
  readonly flags?: readonly string[];
  /** Without the careful flags, so that what is written can be seen. */
  readonly writable?: boolean;
  /** Else the machine's, where it listens on loopback. */
  readonly network?: "none";
}

/** A container. */
export interface Container {
  /** Everything it has said so far. */
  log(): string;
  /** Resolves with the match when it has said it; rejects when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  exec(...command: readonly string[]): string;
  docker(command: string, ...args: readonly string[]): string;
}

let count = 0;

/** Starts one; it is gone after the test. */
export const run = (args: readonly string[], { flags = [], image = IMAGE, network, writable }: RunOptions = {}): Container => {
  const name = `test-${process.pid}-${++count}`;
  const all = ["run", "--name", name, "--network", network ?? "host", ...(writable === true ? [] : CAREFUL), ...flags, image, ...args];
  const child = spawn("docker", all, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void docker(env, ["rm", "--force", "--volumes", name]));
  let text = "";
  const watchers = new Set<() => void>();
  const changed = (): void => watchers.forEach((watch) => watch());
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => ((text += chunk), changed()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const match = pattern.exec(text);
        if (match === null) return;
        watchers.delete(watch);
        resolve(match);
      };
      watchers.add(watch);
      watch();
      void ended.then(() => reject(new Error(`the container ended before it said ${pattern}:\n${text}`)));
    });
  return {
    log: () => text,
    said,
    ended,
    exec: (...command) => docker(env, ["exec", name, ...command]),
    docker: (command, ...more) => docker(env, [command, ...more, name]),
  };
};

/** A container that serves on a port of the machine's loopback. */
export interface Served extends Container {
  readonly port: number;
  send(path: string, options?: SendOptions): Promise<Reply>;
}

/** Starts one, and waits until every worker is ready. */
export const serve = async (args: readonly string[], options: RunOptions = {}): Promise<Served> => {
  const container = run(["serve", "--host", "127.0.0.1", "--port", "0", ...args], options);
  await container.said(/every worker is ready/);
  const port = Number((await container.said(/listening on port (\d+)/))[1]);
  return { ...container, port, send: (path, sent) => send(port, path, sent) };
};
