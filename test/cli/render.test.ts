import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { writeFiles } from "../../lib/cli/write-files.ts";
import { cli, files, folder, program, project, PULUMI_YAML, sameName, write } from "./support.ts";

const variable = (yaml: string, name: string): string | undefined => new RegExp(String.raw`name: ${name}\n\s+value: (.*)`).exec(yaml)?.[1];

describe("what a program reads", () => {
  test("configuration: Pulumi.yaml, the stack's file, --config, the last wins; secrets do not show", async () => {
    const root = project({
      ...files,
      "Pulumi.yaml": `${PULUMI_YAML}config:\n  a: default\n  b: { default: default }\n  c: { value: default }\n`,
      "Pulumi.dev.yaml": 'config:\n  shop:b: stack\n  shop:c: stack\n  shop:version: 1.10\n  shop:list: [1, "two"]\n  aws:region: r\n',
      "index.ts": program('{ A: config.require("a"), B: config.require("b"), C: config.require("c"), D: config.requireSecret("c"), V: config.require("version"), L: config.require("list"), R: new pulumi.Config("aws").require("region") }'),
    });
    const { code, err, out } = await cli(root, ["render", "--config", "c=flag", "-c", "aws:region=s"]);
    expect({ code, err: err.replaceAll(/^warning.*\n/gm, "") }).toEqual({ code: 0, err: "" });
    expect(["A", "B", "C", "D", "V", "L", "R"].map((name) => variable(out, name))).toEqual([
      "default",
      "stack",
      "flag",
      "<secret deployments.blue.environmentVariables.D>",
      '"1.10"',
      '\'[1,"two"]\'',
      "s",
    ]);
    const refused = await cli(root, ["render", "--config", "c=flag", "-c", "aws:region=s", "--out", "out"]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("deployments.blue.environmentVariables.D: a secret is written to no file") });
    expect(refused.err).not.toContain("flag");
  });

  test("StackReferences and outputs of other resources are unknown: named in print, refused for files, given with --set", async () => {
    const before = `
      const other = new pulumi.StackReference("organization/other/dev");
      class Thing extends pulumi.CustomResource { declare address: pulumi.Output<string>; declare size: pulumi.Output<string>; constructor() { super("a:b:Thing", "thing", { address: undefined, size: "big" }); } }
      const thing = new Thing();`;
    const root = project({ ...files, "index.ts": program('{ DB: other.getOutput("db"), HOST: pulumi.interpolate`x-${thing.address}`, SIZE: thing.size, ID: thing.id }', before) });
    const printed = await cli(root, ["render"]);
    expect(["DB", "HOST", "SIZE", "ID"].map((name) => variable(printed.out, name))).toEqual([
      "<deployments.blue.environmentVariables.DB>",
      "<deployments.blue.environmentVariables.HOST>",
      "big",
      "<deployments.blue.environmentVariables.ID>",
    ]);
    const refused = await cli(root, ["render", "--out", "out", "--set", "deployments.blue.environmentVariables.HOST=h", "--set", "shop:deployments.blue.environmentVariables.ID=i"]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--set deployments.blue.environmentVariables.DB=value");
    expect(refused.err).not.toMatch(/HOST|ID=/);
    const given = await cli(root, ["render", ...["DB", "HOST", "ID"].flatMap((name) => ["--set", `deployments.blue.environmentVariables.${name}=${name}=1`])]);
    expect(["DB", "HOST", "ID"].map((name) => variable(given.out, name))).toEqual(["DB=1", "HOST=1", "ID=1"]);
  });

  test("the default CommonJS template: ts-node, an enum, module: commonjs", async () => {
    const root = project({
      ...files,
      "package.json": '{"name": "shop", "main": "index.ts"}',
      "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
      "tsconfig.json": '{"compilerOptions": {"strict": true, "outDir": "bin", "target": "es2020", "module": "commonjs", "moduleResolution": "node"}, "files": ["index.ts"]}',
      "index.ts": program("{ COLOUR: Colour.Red }", 'enum Colour { Red = "red" }'),
    });
    const { code, err, out } = await cli(root, ["render"]);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(variable(out, "COLOUR")).toBe("red");
  });

  test("an ESM program that Pulumi would give to ts-node may have an enum too", async () => {
    const root = project({ ...files, "Pulumi.yaml": "name: shop\nruntime: nodejs\nmain: index.ts\n", "index.ts": program("{ COLOUR: Colour.Red }", 'enum Colour { Red = "red" }') });
    const { err, out } = await cli(root, ["render"]);
    expect({ err, colour: variable(out, "COLOUR") }).toMatchObject({ colour: "red" });
  });
});

describe("what stops it", () => {
  test("InvalidArgs comes through whole, without a stack", async () => {
    const root = project({ ...files, "index.ts": program("{}").replace("blue: 100", "bleu: 90.5") });
    const { code, err, out } = await cli(root, ["render"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain('Endpoint "shop" has');
    expect(err).toContain('did you mean "blue"?');
    expect(err).not.toContain("    at ");
  });

  test("another error comes with the program's own lines alone", async () => {
    const root = project({ ...files, "index.ts": program("{}", 'const fail = () => { throw new TypeError("no luck"); };\nfail();') });
    const { code, err } = await cli(root, ["render"]);
    expect(code).toBe(1);
    const lines = err.trim().split("\n");
    expect(lines[0]).toBe("TypeError: no luck");
    expect(lines.slice(1)).not.toEqual([]);
    for (const line of lines.slice(1)) expect(line).toContain(join(root, "index.ts"));
  });

  test("missing configuration, with the reason where a value could not be opened", async () => {
    const root = project({ ...files, "Pulumi.dev.yaml": "config:\n  shop:token:\n    secure: v1:abc:def\nencryptionsalt: v1:a:v1:b:c\n", "index.ts": program('{ T: config.requireSecret("token") }') });
    const { code, err } = await cli(root, ["render"]);
    expect(code).toBe(1);
    expect(err).toContain("Missing required configuration variable 'shop:token'");
    expect(err).toContain("--config shop:token=value");
    expect((await cli(root, ["render", "-c", "token=t"])).code).toBe(0);
  });

  test.each([
    [["rendr"], "Did you mean render?"],
    [["render", "nowhere"], "nowhere does not exist"],
    [["render", "--stack", "prod"], "Pulumi.prod.yaml"],
    [["render", "--config", "x"], "expected key=value"],
    [["render", "--set", "x"], "expected path=value"],
    [["render", "--set", "deployments.blue.environmentVariable.X=1"], "no endpoint has text at this path"],
    [["render", "--set", "shoop:deployments.blue.description=1"], 'no endpoint "shoop"'],
    [["render", "--target", "aws"], "Allowed choices"],
    [["dev", "--port", "x"], "expected a port"],
  ])("%j", async (args, message) => {
    const root = project({ ...files, "index.ts": program("{}") });
    const { code, err } = await cli(root, args);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  test("a program that declares nothing, and a folder without one", async () => {
    const root = project({ "index.ts": "export {};\n" });
    expect((await cli(root, ["render"])).err).toContain("declares no endpoint");
    write(root, "empty/file", "");
    expect((await cli(root, ["render", "empty"])).err).toContain("holds no Pulumi.yaml");
  });
});

describe("what it prints", () => {
  test("another target: what is missing is named, and refused for files", async () => {
    const root = project({ ...files, "index.ts": program("{}").replace('codeConfiguration: {', 'azure: { instanceType: "Standard_DS3_v2", environment: "azureml:e:1" }, codeConfiguration: {') });
    const { out } = await cli(root, ["render", "--target", "azure", "--set", "target.location=westeurope"]);
    expect(out).toContain("resourceGroupName: <target.resourceGroupName>");
    expect(out).toContain("location: westeurope");
    expect(out).toMatch(/endpointName: shop-[0-9a-f]{6}\n/);
    const refused = await cli(root, ["render", "--target", "azure", "--out", "out"]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--set target.workspaceName=value");
    const misspelt = await cli(root, ["render", "--target", "azure", "--set", "target.locaton=westeurope"]);
    expect(misspelt.err).toContain('did you mean "location"?');
  });

  test("files: one an object, no Secret; a second render removes what is stale and touches nothing of others", async () => {
    const root = project({ ...files, "index.ts": program("{}") });
    const first = await cli(root, ["render", "--out", "out"]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.err).toContain("Secret ml/shop-keys must exist, with primaryKey and secondaryKey");
    const names = readdirSync(join(root, "out"));
    const objects = names.map((name) => parseAllDocuments(readFileSync(join(root, "out", name), "utf8")).map((document) => document.toJSON() as { kind: string }));
    expect(objects.every((documents) => documents.length === 1)).toBe(true);
    expect(objects.flat().map(({ kind }) => kind)).not.toContain("Secret");
    expect(objects.flat().map(({ kind }) => kind)).toContain("HTTPRoute");
    writeFileSync(join(root, "out/mine.yaml"), "a: 1\n");
    write(root, "index.ts", program("{}").replaceAll("blue", "green"));
    const second = await cli(root, ["render", "--out", "out"]);
    expect(second.err).toContain("removed");
    expect(readdirSync(join(root, "out")).some((name) => name.includes("blue"))).toBe(false);
    expect(readFileSync(join(root, "out/mine.yaml"), "utf8")).toBe("a: 1\n");
    writeFileSync(join(root, "out", "shop.deployment-shop--green.yaml"), "mine: 1\n");
    const third = await cli(root, ["render", "--out", "out"]);
    expect(third.code).toBe(1);
    expect(third.err).toContain("nothing was written");
  });

  test("files say to Argo CD in which order they are applied, and are the same bytes each time", async () => {
    const root = project({ ...files, "index.ts": program("{}") });
    const read = (): Record<string, string> => Object.fromEntries(readdirSync(join(root, "out")).map((name) => [name, readFileSync(join(root, "out", name), "utf8")]));
    expect((await cli(root, ["render", "--out", "out"])).code).toBe(0);
    const first = read();
    const waves = Object.values(first).map((text) => parse(text) as { kind: string; metadata: { annotations?: Record<string, string> } }).map(({ kind, metadata }) => [kind, metadata.annotations?.["argocd.argoproj.io/sync-wave"] ?? "0"]);
    expect(waves.toSorted()).toEqual([
      ["ConfigMap", "0"],
      ["ConfigMap", "0"],
      ["Deployment", "1"],
      ["HTTPRoute", "3"],
      ["HTTPRoute", "4"],
      ["NetworkPolicy", "0"],
      ["PodDisruptionBudget", "0"],
      ["Service", "2"],
      ["ServiceAccount", "0"],
    ]);
    expect(Object.values(first).join("")).not.toContain("pulumi.com/");
    await cli(root, ["render", "--out", "out"]);
    expect(read()).toEqual(first);
  });

  test("Secrets of others are listed, each once", async () => {
    const own = program("{}").replace('name: "g", namespace: "gw"', 'create: { className: "eg", hostname: "models.example.com", tls: { secretName: "cert" } }').replace("traffic:", 'auth: { existingSecret: "vault", enforce: "gateway" }, traffic:').replace("environmentVariables: {}", 'environmentVariables: { A: { secret: "db", key: "user" }, B: { secret: "db", key: "password" }, C: { secret: "db", key: "user" } }, kubernetes: { imagePullSecrets: ["registry"] }');
    const root = project({ ...files, "index.ts": own });
    const { code, err } = await cli(root, ["render", "--out", "out"]);
    expect({ code, secrets: err.split("\n").filter((line) => line.startsWith("Secret ")).toSorted() }).toEqual({ code: 0, secrets: ["Secret ml/cert must exist", "Secret ml/db must exist, with user and password: no secret value is rendered", "Secret ml/registry must exist", "Secret ml/vault must exist"] });
  });

  test("two endpoints of one name, in two namespaces, are two sets of files", async () => {
    const root = project({ ...files, "index.ts": sameName() });
    const { code, err } = await cli(root, ["render", "--out", "out"]);
    expect({ code, err: err.replaceAll(/^warning.*\n/gm, "") }).toMatchObject({ code: 0 });
    const names = readdirSync(join(root, "out"));
    for (const [endpoint, namespace] of [["shop", "ml"], ["copy", "other"]] as const) {
      const text = readFileSync(join(root, "out", `${endpoint}.deployment-shop--blue.yaml`), "utf8");
      expect(text).toContain(`namespace: ${namespace}\n`);
    }
    expect(err).toContain(`wrote ${names.length} files`);
  });

  test("files of one name are refused, and none is written", () => {
    const root = folder();
    const twice = ["a.yaml", "b.yaml", "A.yaml"].map((name) => ({ name, text: "" }));
    expect(() => writeFiles(root, "p", twice)).toThrow(/two files of one name[\s\S]*a\.yaml, A\.yaml/);
    expect(readdirSync(root)).toEqual([]);
  });
});
