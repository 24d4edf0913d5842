import { describe, expect, it } from "vitest";
import { args, container, judge, MODEL, plan, pod } from "./support.ts";

const SECRET = { secret: "db", key: "password" };
const of = (environmentVariables: object) => plan(args({ deployments: { blue: { ...MODEL, environmentVariables } } }));

describe("a variable that stands in a Secret", () => {
  it("is read from it when a container starts, and is in no plan", () =>
    expect(container(of({ PLAIN: "1", DB: SECRET })).env.slice(1)).toEqual([
      { name: "PLAIN", value: "1" },
      { name: "DB", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
    ]));
  it("takes the place of one of ours", () => {
    const { env } = container(of({ AZUREML_MODEL_DIR: SECRET }));
    expect(env.filter(({ name }: { name: string }) => name === "AZUREML_MODEL_DIR")).toHaveLength(1);
  });
  it("rolls the pods when it stands elsewhere", () => {
    const hash = (variable: object): string => pod(of({ DB: variable })).metadata.annotations["inference-endpoints/config"];
    expect(new Set([hash(SECRET), hash({ ...SECRET, key: "user" }), hash({ ...SECRET, secret: "other" })]).size).toBe(3);
  });
  it("is refused in a Secret that cannot be", () =>
    expect(judge(args({ deployments: { blue: { ...MODEL, instanceCount: 2, environmentVariables: { DB: { ...SECRET, secret: "My_Db" } } } } })).problems).toEqual([
      expect.stringMatching(/^deployments\.blue\.environmentVariables\.DB\.secret: expected a name of Kubernetes/),
    ]));
});
