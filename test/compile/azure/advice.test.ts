import { describe, expect, it } from "vitest";
import { advise } from "../../../lib/compile/azure/advice.ts";
import type { Failure } from "../../../lib/model/failure.ts";

const deployment: Failure = {
  type: "azure-native:machinelearningservices:OnlineDeployment",
  logicalName: "credit--blue-deployment",
  operation: "create",
  message: 'Status=400 Code="BadRequest" Message="Something is wrong."',
  inputs: { deploymentName: "blue", endpointName: "credit", properties: { instanceType: "Standard_DS3_v2" } },
  parent: { name: "credit--blue", urn: "urn:pulumi:prod::shop::inference-endpoints:index:OnlineDeployment::credit--blue" },
};

const routing: Failure = {
  ...deployment,
  type: "azure-native:resources:Deployment",
  logicalName: "credit-routing",
  operation: "update",
  inputs: { properties: { parameters: { name: { value: "ws/credit" } } } },
};

/** As the service wraps what fails inside a template. */
const wrapped = (code: string, message: string): string =>
  `Status=200 Code="DeploymentFailed" Message="At least one resource deployment operation failed." Details=[{"code":"${code}","message":"${message}"}]`;

describe("what to do about what Azure refused", () => {
  const cases: readonly (readonly [what: string, failure: Partial<Failure> & { readonly message: string }, advice: RegExp])[] = [
    ["live traffic", { operation: "delete", message: "Cannot delete deployment 'blue': it has live traffic." }, /give traffic\.blue 0, run pulumi up/],
    ["a first provisioning that failed before", { operation: "update", message: "failed during initial provisioning and is in an unrecoverable state. Delete and re-create." }, /get-logs --endpoint-name credit --name blue\. .* deletes this deployment and makes it anew/],
    ["a model that does not start", { message: 'Code="ResourceNotReady" Message="User container has crashed."' }, /get-logs --endpoint-name credit --name blue\. Correct/],
    ["an interruption", { message: 'Status=0 Code="Canceled" Message="context canceled"' }, /^It was interrupted\. Run pulumi up again/],
    ["an interrupted change of one that is there", { operation: "update", message: 'Status=0 Code="Canceled" Message="context canceled"' }, /^It was interrupted\. Run pulumi up --refresh/],
    ["egress that the program no longer names", { operation: "update", message: "The egressPublicNetworkAccess of a deployment cannot be changed." }, /Write "enabled" or "disabled"/],
    ["roles that the endpoint lacks", { message: 'Code="BadArgument" Message="Endpoint identity does not have pull permission on the registry"' }, /azure\.roleAssignments, and run pulumi up again/],
    ["quota", { message: 'Status=400 Code="OutOfQuota" Message="Not enough cores."' }, /instanceCount, azure\.instanceType Standard_DS3_v2\), or for more quota.*a fifth more/],
    ["a missing role", { message: `Status=403 Code="AuthorizationFailed" Message="The client 'c' does not have authorization to perform action 'a/write'."` }, /a role with the action it names/],
    ["a missing role on an identity", { message: 'Status=403 Code="LinkedAuthorizationFailed" Message="assign/action"' }, /Managed Identity Operator/],
    ["another change under way", { message: 'Status=409 Code="Conflict" Message="Cannot update because endpoint credit is in Updating provisioning state."' }, /under way\. Wait until it is done/],
    ["an account without shared keys", { type: "azure-native:storage:Blob", inputs: {}, message: 'RESPONSE 403 ERROR CODE: KeyBasedAuthenticationNotPermitted' }, /Allow shared keys on the storage account/],
    ["anything else", { message: 'Status=400 Code="BadRequest" Message="The scoring script is missing."' }, /Change what it names, and run pulumi up again/],
  ];
  it.each(cases)("%s", (_what, failure, advice) => expect(advise({ ...deployment, ...failure }).split("\n").slice(1).join("\n")).toMatch(advice));

  it("another identity, which only the routing can ask for", () => {
    const message = wrapped("BadRequest", "The identity of an endpoint cannot be changed.");
    expect(advise({ ...routing, message })).toMatch(/^The routing of endpoint "credit" could not be changed\. Azure said: The identity of an endpoint cannot be changed\.\nAn endpoint keeps its identity for life/);
    expect(advise({ ...deployment, message: "The identity has no permission." })).not.toMatch(/for life/);
  });

  it("says what the service said, without its wrapping", () => {
    expect(advise({ ...deployment, message: 'Status=400 Code="BadRequest" Message="No\\n  cores."' })).toMatch(/^Deployment "blue" of endpoint "credit" could not be made\. Azure said: No/);
    expect(advise({ ...deployment, message: `code 400, {"error":{"code":"X","message":"Inner."}}` })).toContain("Azure said: Inner.\n");
    expect(advise({ ...deployment, message: "operation timed out" })).toContain("Azure said: operation timed out\n");
    expect(advise({ ...routing, message: wrapped("X", "Deployment 'blue' is unknown.") })).toContain("Azure said: Deployment 'blue' is unknown.\n");
  });
});

describe("what is there already", () => {
  const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/credit/deployments/blue";
  const message = `cannot create already existing resource '${id}'`;

  it("is taken into the stack by one line, under the component it belongs to", () => {
    expect(advise({ ...deployment, message })).toContain(
      `\n  pulumi import azure-native:machinelearningservices:OnlineDeployment credit--blue-deployment '${id}'` +
        " --parent 'credit--blue=urn:pulumi:prod::shop::inference-endpoints:index:OnlineDeployment::credit--blue' --protect=false --generate-code=false\n",
    );
  });

  it("may belong to somebody else", () => expect(advise({ ...deployment, message, parent: undefined })).toMatch(/'\/subscriptions[^']*' --protect=false[^]*somebody else, give the endpoint another "name"/));

  it("is nothing to import when a change of it failed", () => expect(advise({ ...deployment, operation: "update", message: "Role assignment already exists." })).not.toContain("pulumi import"));
});
