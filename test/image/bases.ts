/** Base images made on this machine: Debian with Python, and the same with Node. The tests reach package registries and no other place. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptOf, configOf, type Apt } from "./apt.ts";
import { cacheFolder, docker, type Docker } from "./docker.ts";

const RELEASE = "bookworm";
const PACKAGES = ["python3", "python3-venv"];
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

export const BASES = { python: "base:python", node: "base:node" } as const;

/** Makes both in this daemon. */
export const makeBases = ({ env, folder }: Docker): void => {
  const apt = aptOf(RELEASE);
  docker(env, ["import", debian(apt), "base:debian"]);
  const context = mkdtempSync(join(folder, "base-"));
  writeFileSync(join(context, "proxies"), configOf(apt));
  if (apt.mirror !== undefined) writeFileSync(join(context, "sources.list"), `deb ${apt.mirror} ${RELEASE} main\n`);
  const packages = ["COPY proxies /etc/apt/apt.conf.d/99machine", ...(apt.mirror === undefined ? [] : ["COPY sources.list /etc/apt/sources.list"])];
  const certificates = [process.env["NODE_EXTRA_CA_CERTS"], process.env["SSL_CERT_FILE"], CERTIFICATES].find((file) => file !== undefined && existsSync(file));
  if (certificates !== undefined) copyFileSync(certificates, join(context, "certificates"));
  const variables = Object.entries(settings(certificates !== undefined)).map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}`);
  const trust = certificates === undefined ? [] : [`COPY certificates ${CERTIFICATES}`];
  build(env, context, BASES.python, ["FROM base:debian", ...packages, ...trust, ...variables]);
  copyFileSync(process.execPath, join(context, "node"));
  cpSync(npmFolder(), join(context, "npm"), { recursive: true });
  build(env, context, BASES.node, [
    `FROM ${BASES.python}`,
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm",
  ]);
  rmSync(context, { recursive: true });
};

const build = (env: Docker["env"], context: string, name: string, lines: readonly string[]): void => {
  writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
  docker(env, ["build", "--network", "host", "--tag", name, context]);
};

/** The root file system, kept between runs as long as it would be the same. */
const debian = ({ mirror, proxies }: Apt): string => {
  const cache = cacheFolder();
  const kept = join(cache, `${RELEASE}-${process.arch}-${PACKAGES.join("-")}.tar`);
  if (existsSync(kept)) return kept;
  const work = mkdtempSync(join(cache, "making-"));
  try {
    const root = join(work, "root");
    execFileSync("debootstrap", ["--variant=minbase", `--include=${PACKAGES.join(",")}`, RELEASE, root, ...(mirror === undefined ? [] : [mirror])], { stdio: ["ignore", "ignore", "inherit"], env: { ...proxies, ...process.env } });
    execFileSync("tar", ["--create", "--file", join(work, "root.tar"), "--directory", root, "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*", "."]);
    renameSync(join(work, "root.tar"), kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kept;
};

/** How this machine reaches its package registries: in the bases of the tests, and in nothing that is kept. */
const settings = (trusted: boolean): Record<string, string> => {
  const given = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  const npm = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  return {
    ...Object.fromEntries(given.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    npm_config_registry: npm,
    ...(trusted ? { NODE_EXTRA_CA_CERTS: CERTIFICATES, PIP_CERT: CERTIFICATES } : {}),
  };
};

/** The npm that runs this, or the one on the path. */
const npmFolder = (): string => {
  const cli = process.env["npm_execpath"] ?? execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
  return dirname(dirname(realpathSync(cli)));
};
