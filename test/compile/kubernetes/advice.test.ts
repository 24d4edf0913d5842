/** Texts as the API server, Gateways and Pulumi's provider write them, and what is said of each. */
import { describe, expect, it } from "vitest";
import { advise } from "../../../lib/compile/kubernetes/advice.ts";
import type { Failure } from "../../../lib/model/failure.ts";

const parent = { name: "wine", urn: "urn:pulumi:prod::shop::inference-endpoints:index:Endpoint::wine" };
const route: Omit<Failure, "message"> = {
  type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  logicalName: "wine-route",
  operation: "create",
  inputs: { metadata: { name: "wine", namespace: "ml" } },
  parent,
  joined: false,
};
const said = (message: string, over: Partial<Failure> = {}): string => advise({ ...route, message, ...over });

describe("an object that exists already", () => {
  const text = said('resource ml/wine was not successfully created by the Kubernetes API server : httproutes.gateway.networking.k8s.io "wine" already exists');
  it("is named, with the three choices", () =>
    expect(text).toBe(
      [
        "HTTPRoute ml/wine could not be made: it exists already, and is not in this stack.",
        `Whose it is, its labels and managers say: kubectl -n ml get httproute wine -o jsonpath='{.metadata.labels}{"\\n"}{.metadata.managedFields[*].manager}{"\\n"}'`,
        `  adopt it: pulumi import kubernetes:gateway.networking.k8s.io/v1:HTTPRoute wine-route 'ml/wine' --parent 'wine=${parent.urn}' --protect=false --generate-code=false`,
        '  keep it: give the endpoint another "name"',
        "  overwrite it: kubectl -n ml delete httproute wine, and run pulumi up again",
      ].join("\n"),
    ));
});

describe("an object that somebody has edited", () => {
  const update = { operation: "update" } as const;
  it("names who, what, and the three choices", () =>
    expect(said('Server-Side Apply field conflict detected. See https://… for troubleshooting help\n: Apply failed with 1 conflict: conflict with "kubectl-edit" using gateway.networking.k8s.io/v1: .spec.rules', update)).toBe(
      [
        "HTTPRoute ml/wine could not be changed: kubectl-edit has changed spec.rules since.",
        "  adopt the change: write what is there into the program, spec.rules",
        '  keep it as theirs: transform: { route: (args, opts) => ({ args, opts: { ...opts, ignoreChanges: ["spec.rules"] } }) }',
        '  overwrite it: transform: { route: (args, opts) => ({ args: { ...args, metadata: { ...args.metadata, annotations: { ...args.metadata.annotations, "pulumi.com/patchForce": "true" } } }, opts }) }',
      ].join("\n"),
    ));
  it("names several managers and fields, and the child as transform calls it", () => {
    const text = said('Apply failed with 3 conflicts: conflicts with "kubectl" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="scoring"].image\nconflicts with "hpa" with subresource "scale" using apps/v1:\n- .spec.replicas', {
      ...update,
      type: "kubernetes:apps/v1:Deployment",
    });
    expect(text).toContain('kubectl, hpa has changed spec.replicas, spec.template.spec.containers[name="scoring"].image since.');
    expect(text).toContain("transform: { deployment: ");
  });
  it.each([
    ["kubernetes:core/v1:Secret", "wine-keys", "keys"],
    ["kubernetes:core/v1:ConfigMap", "wine-tokens", "tokens"],
    ["kubernetes:core/v1:ConfigMap", "wine--blue-model-0", "files"],
    ["kubernetes:core/v1:ConfigMap", "wine--blue-collector", "collector"],
    ["kubernetes:core/v1:ConfigMap", "wine-dashboard", "dashboard"],
    ["kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "wine--blue-autoscale", "autoscale"],
    ["kubernetes:keda.sh/v1alpha1:ScaledObject", "wine--blue-autoscale", "autoscale"],
    ["kubernetes:monitoring.coreos.com/v1:PrometheusRule", "wine-alerts", "alerts"],
    ["kubernetes:monitoring.coreos.com/v1:PodMonitor", "wine-pod-monitor", "podMonitor"],
    ["kubernetes:policy/v1:PodDisruptionBudget", "wine--blue-pod-disruption-budget", "podDisruptionBudget"],
  ])("calls %s %s %s", (type, logicalName, role) =>
    expect(said('Apply failed with 1 conflict: conflict with "k" using v1: .data', { ...update, type, logicalName })).toContain(`transform: { ${role}: `));
});

describe("a route that is refused", () => {
  const status = (reason: string, message: string, type = "Accepted"): string =>
    `resource ml/wine was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: "{$[?…], 'kind']}" has a non-primitive value (map[parents:[map[conditions:[map[lastTransitionTime:2026-11-27T18:00:00Z message:${message} observedGeneration:1 reason:${reason} status:False type:${type}] map[lastTransitionTime:2026-11-27T18:00:00Z message:Resolved observedGeneration:1 reason:ResolvedRefs status:True type:ResolvedRefs]] controllerName:x parentRef:map[name:public]]]])`;

  it("has the Gateway's own reason, and what to do", () =>
    expect(said(status("NotAllowedByListeners", "No listeners included by this parent ref allowed this attachment."))).toBe(
      "HTTPRoute ml/wine could not be made: its Accepted is False, NotAllowedByListeners: No listeners included by this parent ref allowed this attachment.\n" +
        "The listener does not take routes of this namespace: have its allowedRoutes.namespaces let it in, or name another listener in gateway.listener.",
    ));
  it.each([
    ["NoMatchingListenerHostname", "Accepted", "kubernetes.hostname"],
    ["NoMatchingParent", "Accepted", "gateway.listener"],
    ["BackendNotFound", "ResolvedRefs", "pulumi up --refresh"],
    ["UnsupportedValue", "Accepted", "inference-endpoints doctor"],
    ["SomethingElse", "Accepted", "run pulumi up again"],
  ])("%s of %s leads to %s", (reason, type, next) => {
    const text = said(status(reason, "because [of it]", type));
    expect(text).toContain(`its ${type} is False, ${reason}: because [of it]`);
    expect(text).toContain(next);
  });
  it("says so where nobody has judged it", () => {
    const text = said("resource ml/wine was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: timed out waiting for the condition");
    expect(text).toBe("HTTPRoute ml/wine could not be made: no controller has said anything of it in two minutes.\nDoes its Gateway or its class have a controller that runs? See: kubectl -n ml describe httproute wine");
  });
});

describe("a cluster that cannot", () => {
  it("lacks the Gateway API", () => expect(said('no matches for kind "HTTPRoute" in version "gateway.networking.k8s.io/v1"')).toContain("install the Gateway API (standard channel) there"));
  it("lacks Envoy Gateway", () => expect(said('no matches for kind "SecurityPolicy"', { type: "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy" })).toContain("install Envoy Gateway there"));
  it("lacks the namespace", () => expect(said('namespaces "ml" not found')).toContain("target.namespace"));
  it("does not let its user", () =>
    expect(said('httproutes.gateway.networking.k8s.io is forbidden: User "ci" cannot create resource "httproutes" in API group "gateway.networking.k8s.io" in the namespace "ml"')).toContain("doctor --permissions"));
  it("has no room", () => expect(said('pods "x" is forbidden: exceeded quota: compute')).toContain("ResourceQuota"));
  it("says something new, which is given as it is", () => {
    expect(said("resource ml/wine was not successfully created by the Kubernetes API server : something\n new")).toBe(
      "HTTPRoute ml/wine could not be made: something new\nWhat is there has stayed as it was. Change what it names, and run pulumi up again.",
    );
  });
});
