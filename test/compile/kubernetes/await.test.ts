/** What the provider makes of our waits, on objects as Gateways write them. */
import { describe, expect, it } from "vitest";
import { advise } from "../../../lib/compile/kubernetes/advice.ts";
import { UNTIL_ACCEPTED, UNTIL_ATTACHED, UNTIL_ROUTED, UNTIL_TAKEN } from "../../../lib/compile/kubernetes/await.ts";
import { judge, type Judgement } from "../../rig/wait-for.ts";

type Condition = readonly [type: string, status: "True" | "False" | "Unknown", generation?: number];

const conditions = (all: readonly Condition[]): object[] =>
  all.map(([type, status, observedGeneration = 2]) => ({ type, status, observedGeneration, reason: status === "True" ? type : "NotThat", message: `because of ${type}`, lastTransitionTime: "2026-11-27T18:00:00Z" }));

const route = (...parents: readonly (readonly Condition[])[]): object => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "wine", generation: 2 },
  spec: { parentRefs: [{ name: "public" }] },
  ...(parents.length === 0 ? {} : { status: { parents: parents.map((all) => ({ controllerName: "c", parentRef: { name: "public" }, conditions: conditions(all) })) } }),
});
const wait = (until: Readonly<Record<string, string>>, object: object): Judgement => judge(object, until["pulumi.com/waitFor"] ?? "");

describe("a route", () => {
  it.each<readonly [string, object, boolean]>([
    ["that nobody has judged", route(), false],
    ["that is accepted and resolved", route([["Accepted", "True"], ["ResolvedRefs", "True"]]), true],
    ["that is accepted alone", route([["Accepted", "True"]]), false],
    ["of which an older generation was good", route([["Accepted", "True", 1], ["ResolvedRefs", "True", 1]]), false],
    ["that a second controller accepts", route([], [["Accepted", "True"], ["ResolvedRefs", "True"]]), true],
    ["with another condition that does not hold", route([["Accepted", "True"], ["ResolvedRefs", "True"], ["PartiallyInvalid", "False"]]), true],
  ])("%s is done: %#", (_, object, done) => expect(wait(UNTIL_ROUTED, object).done).toBe(done));

  it.each<readonly [string, readonly Condition[], string]>([
    ["refused", [["Accepted", "False"], ["ResolvedRefs", "True"]], "Accepted"],
    ["without its Service", [["Accepted", "True"], ["ResolvedRefs", "False"]], "ResolvedRefs"],
  ])("that is %s ends in the Gateway's reason, and in advice", (_, all, type) => {
    const { done, reason = "" } = wait(UNTIL_ROUTED, route(all));
    expect(done).toBe(false);
    const text = advise({ type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", logicalName: "wine-route", operation: "create", message: reason, inputs: { metadata: { name: "wine", namespace: "ml" } }, parent: undefined, joined: false });
    expect(text).toContain(`its ${type} is False, NotThat: because of ${type}`);
  });

  it("to another program's Service need not find it", () => {
    expect(wait(UNTIL_TAKEN, route([["Accepted", "True"], ["ResolvedRefs", "False"]]))).toEqual({ done: true });
    expect(wait(UNTIL_TAKEN, route([["Accepted", "False"]])).reason).toContain("reason:NotThat");
  });
});

describe("a Gateway that is made", () => {
  const gateway = (...all: readonly Condition[]): object => ({ kind: "Gateway", metadata: { generation: 2 }, spec: { listeners: [{ name: "https" }] }, status: { conditions: conditions(all), listeners: [] } });

  it("need not be programmed", () => expect(wait(UNTIL_ACCEPTED, gateway(["Accepted", "True"], ["Programmed", "False"]))).toEqual({ done: true }));
  it("is waited for while its class says nothing", () => expect(wait(UNTIL_ACCEPTED, gateway(["Accepted", "Unknown"])).reason).toMatch(/^Waiting for jsonpath=/));
  it("that is refused says why", () => expect(wait(UNTIL_ACCEPTED, gateway(["Accepted", "False"])).reason).toContain("message:because of Accepted"));
});

describe("a policy", () => {
  const policy = (...all: readonly Condition[]): object => ({ kind: "SecurityPolicy", metadata: { generation: 2 }, spec: {}, status: { ancestors: [{ ancestorRef: { name: "public" }, conditions: conditions(all) }] } });

  it("is done when it is accepted", () => expect(wait(UNTIL_ATTACHED, policy(["Accepted", "True"]))).toEqual({ done: true }));
  it("that is refused says why", () => expect(wait(UNTIL_ATTACHED, policy(["Accepted", "False"])).reason).toContain("reason:NotThat"));
});
