/** A registry of the tests' own, on loopback, where Docker takes one without certificates. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Starts one that keeps its images in this folder; it ends with the test. Gives its address. */
export const registry = async (folder: string): Promise<string> => {
  const config = join(folder, "registry.yml");
  writeFileSync(config, JSON.stringify({ version: 0.1, storage: { filesystem: { rootdirectory: join(folder, "registry") } }, http: { addr: "127.0.0.1:0" } }));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "docker-registry", "serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let log = "";
  return await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`docker-registry ended:\n${log}`)));
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk;
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
};
