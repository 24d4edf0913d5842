/** How this machine's apt reaches Debian. Base images reach it in the same way, on machines too where the usual places are out of reach. */
import { spawnSync } from "node:child_process";

export interface Apt {
  /** Where packages of a release come from; nothing where apt does not say so in a way that others understand. */
  readonly mirror?: string | undefined;
  /** `http_proxy`, `https_proxy`, as far as apt has its own. */
  readonly proxies: Readonly<Record<string, string>>;
}

export const aptOf = (release: string): Apt => ({
  mirror: mirrorIn(said("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME) $(RELEASE) $(ORIGIN)"]), release),
  proxies: proxiesIn(said("apt-config", ["dump", "--format", "%f %v%n", "Acquire::http::Proxy", "Acquire::https::Proxy"])),
});

/** Lines of the address, then the names of its release and whose packages they are. */
export const mirrorIn = (text: string, release: string): string | undefined => {
  const repositories = text.split("\n").map((line) => line.split(" ")).filter(([uri = ""]) => /^https?:/.test(uri));
  const same = repositories.find(([, ...names]) => names.includes(release));
  // Any release's mirror of Debian has this release too, but for one of updates alone.
  return (same ?? repositories.find(([, codename = "", ...names]) => names.includes("Debian") && !codename.includes("-")))?.[0];
};

export const proxiesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^Acquire::(https?)::Proxy (https?:\S+)$/gim)].map(([, scheme = "", url = ""]) => [`${scheme}_proxy`, url]));

/** The file for /etc/apt/apt.conf.d that says the same. */
export const configOf = ({ proxies }: Apt): string =>
  Object.entries(proxies).map(([name, url]) => `Acquire::${name.replace("_proxy", "")}::Proxy "${url}";\n`).join("");

const said = (command: string, args: readonly string[]): string => spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).stdout ?? "";
