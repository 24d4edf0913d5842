/** What a kubeconfig file says of the cluster of its current context. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";

/** How to reach an API server, and as whom. */
export interface Access {
  readonly server: URL;
  readonly ca?: string | undefined;
  readonly rejectUnauthorized: boolean;
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

type Fields = Readonly<Record<string, any>>;

/** Users with a token or a certificate; commands that fetch one are not run. */
export const readKubeconfig = (file: string): Access => {
  const config = parse(readFileSync(file, "utf8")) as Fields;
  const named = (list: string, name: string): Fields => (config[list] as Fields[] | undefined)?.find((each) => each["name"] === name) ?? missing(file, list, name);
  const context: Fields = named("contexts", config["current-context"])["context"];
  const cluster: Fields = named("clusters", context["cluster"])["cluster"];
  const user: Fields = named("users", context["user"])["user"];
  if (user["exec"] !== undefined) throw new Error(`${file}: the tests need a user with a token or a certificate, and "${context["user"]}" runs a command`);
  const content = (of: Fields, name: string): string | undefined => {
    if (of[`${name}-data`] !== undefined) return Buffer.from(of[`${name}-data`], "base64").toString();
    return of[name] === undefined ? undefined : readFileSync(resolve(dirname(file), of[name]), "utf8");
  };
  return {
    server: new URL(cluster["server"]),
    ca: content(cluster, "certificate-authority"),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    token: user["token"],
    cert: content(user, "client-certificate"),
    key: content(user, "client-key"),
  };
};

const missing = (file: string, list: string, name: string): never => {
  throw new Error(`${file} has no "${name}" among its ${list}`);
};
