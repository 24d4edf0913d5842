/** `up`, an update and `destroy` as somebody who has the Role that `doctor --permissions` prints, and nothing else. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { apply } from "../rig/kubernetes/apply.ts";
import { readKubeconfig } from "../rig/kubernetes/kubeconfig.ts";
import { client, newNamespace, tokenOf } from "./cluster.ts";
import { newDeclared, onnx, type Declared } from "./declared.ts";

const NAMESPACE = "role";
/** Where the account lives, so that its own namespace may be made anew. */
const HOME = "role-home";
const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const endpoints = {
  wine: {
    deployments: {
      blue: onnx("blue", { autoscale: { minInstances: 1, maxInstances: 2, rules: [{ metric: "cpu", target: 70 }] } }),
      green: onnx("green"),
    },
    traffic: { blue: 90, green: 10 },
  },
};

const folder = mkdtempSync(join(tmpdir(), "role-"));
const kubeconfig = join(folder, "kubeconfig");
let home: AsyncDisposable;
let declared: Declared;

beforeAll(async () => {
  home = await newNamespace(HOME);
  await apply(client, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "deployer", namespace: HOME } });
  const { ca, server } = readKubeconfig(process.env["KUBECONFIG"] as string);
  const cluster = { server: server.href, "certificate-authority-data": Buffer.from(ca as string).toString("base64") };
  const context = { cluster: "rig", user: "deployer", namespace: NAMESPACE };
  writeFileSync(kubeconfig, stringify({ apiVersion: "v1", kind: "Config", "current-context": "rig", clusters: [{ name: "rig", cluster }], contexts: [{ name: "rig", context }], users: [{ name: "deployer", user: { token: await tokenOf(HOME, "deployer") } }] }));
  declared = await newDeclared(NAMESPACE, {}, kubeconfig);
});

afterAll(async () => {
  await declared?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test("without it nothing is made, and who reads the message learns of the Role", async () => {
  const { output } = await declared.up(endpoints, { refused: true });
  expect(output).toContain('User "system:serviceaccount:role-home:deployer"');
  expect(output).toContain("inference-endpoints doctor --permissions");
});

test("with it, and nothing else, up, an update, a removal and destroy go through", async () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "doctor", declared.stack.project, "--permissions"], { encoding: "utf8", cwd: declared.stack.project });
  expect([status, stderr]).toEqual([0, ""]);
  const role = parse(stdout) as { readonly metadata: { readonly name: string } };
  await apply(client, role as never);
  const subjects = [{ kind: "ServiceAccount", name: "deployer", namespace: HOME }];
  await apply(client, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "deployer", namespace: NAMESPACE }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name }, subjects });
  await declared.up(endpoints);
  const { blue } = endpoints.wine.deployments;
  await declared.up({ wine: { deployments: { blue }, traffic: { blue: 100 } } });
  await declared.stack.run("destroy", "--yes", "--skip-preview");
  const left = await client.ask("GET", await client.collection("apps/v1", "Deployment", NAMESPACE));
  expect(left["items"]).toEqual([]);
});
