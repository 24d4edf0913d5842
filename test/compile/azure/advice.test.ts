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
  joined: false,
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
    ["a registered version", { type: "azure-native:machinelearningservices:ModelVersion", operation: "update", inputs: {}, message: `Status=409 Code="UserError" Message="Version '1' of 'wine' is registered and cannot be changed: modelUri. Register another version."` }, /^What is registered under a version never changes\. Give another "version", or leave it out: then it is made of the content; where only azureMl\(\{ storage \}\) has changed, give the model another "name"; and run pulumi up again\.$/],
    ["registered data, whose version is 1 where it is left out", { type: "azure-native:machinelearningservices:DataVersion", operation: "update", inputs: {}, message: `Status=409 Code="UserError" Message="Version '1' of 'seen' is registered and cannot be changed: dataUri."` }, /^What is registered under a version never changes\. Give another "version", and run pulumi up again\.$/],
    ["an account without shared keys", { type: "azure-native:storage:Blob", inputs: {}, message: 'RESPONSE 403 ERROR CODE: KeyBasedAuthenticationNotPermitted' }, /Allow shared keys on the storage account/],
    ["anything else", { message: 'Status=400 Code="BadRequest" Message="The scoring script is missing."' }, /Change what it names, and run pulumi up again/],
  ];
  it.each(cases)("%s", (_what, failure, advice) => expect(advise({ ...deployment, ...failure }).split("\n").slice(1).join("\n")).toMatch(advice));

  it("another identity, which only the routing can ask for", () => {
    const message = wrapped("BadRequest", "The identity of an endpoint cannot be changed.");
    expect(advise({ ...routing, message })).toMatch(/^The routing of endpoint "credit" could not be changed\. Azure said: The identity of an endpoint cannot be changed\.\nAn endpoint keeps its identity for life/);
    expect(advise({ ...deployment, message: "The identity has no permission." })).not.toMatch(/for life/);
  });

  describe("live traffic", () => {
    const said = (more: Partial<Failure>): string => advise({ ...deployment, operation: "delete", message: "Cannot delete deployment 'blue': it has live traffic.", ...more });
    const gone = { parent: undefined };
    const joined = { joined: true };

    it("keeps a deployment from being replaced", () => {
      expect(said({})).toMatch(/cannot be replaced under its name, and nothing was lost\. Either give traffic\.blue 0, .*; or write azure\.replacement "sideBySide"; or, for another workspace, resource group or location, give the endpoint another "name"\./);
      expect(said(joined)).toMatch(/cannot be replaced under its name, and nothing was lost\. The program that owns the endpoint gives traffic\.blue 0 .* before the change, .*; or declare another deployment beside this one\./);
      expect(said(joined)).not.toContain("sideBySide");
    });

    it("keeps it from being deleted, once the program declares it no more", () => {
      expect(said({ ...gone, ...joined })).toMatch(/cannot be deleted, and nothing was lost\. The program that owns the endpoint gives traffic\.blue 0 and runs pulumi up first; then run it here again\.$/);
      expect(said(gone)).toMatch(/cannot be deleted, and nothing was lost\. Declare it again, give traffic\.blue 0, /);
      for (const each of [{ ...gone, ...joined }, gone]) expect(said(each)).not.toMatch(/sideBySide|replaced/);
    });
  });

  it("says of a deployment that could not be made that it does not run, and of the rest that it is as it was", () => {
    const message = 'Status=400 Code="BadRequest" Message="The size is not offered here."';
    expect(advise({ ...deployment, message })).toMatch(/\nIt does not run now; if it was to replace one of its name, that one has been deleted\. Change what it names/);
    for (const operation of ["update", "delete"] as const) expect(advise({ ...deployment, operation, message })).toMatch(/\nWhat is there has stayed as it was\. Change what it names/);
    expect(advise({ ...routing, operation: "create", message })).toMatch(/\nChange what it names/);
  });

  it("other compute, of an endpoint or of a deployment alone", () => {
    const endpoint = advise({ ...routing, message: wrapped("BadRequest", "The compute of an endpoint cannot be changed.") });
    expect(endpoint).toMatch(/keeps its compute for life\. Give azure\.compute back as it was, or give the endpoint another "name"/);
    for (const operation of ["create", "update"] as const)
      expect(advise({ ...deployment, operation, message: "The endpointComputeType of a deployment cannot be changed." })).toMatch(/existingEndpoint\(\) says the owner's\. .*keeps its compute for life/);
    expect(advise({ ...deployment, message: "No compute is free." })).not.toMatch(/for life/);
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

  describe("of role assignments", () => {
    const role: Failure = { ...deployment, type: "azure-native:authorization:RoleAssignment", logicalName: "credit--role-registry", inputs: { principalId: "p" } };

    it("is Azure's or somebody's own grant, where the name is another: not ours to import", () => {
      const said = advise({ ...role, message: 'Status=409 Code="RoleAssignmentExists" Message="The role assignment already exists."' });
      expect(said).toMatch(/has granted this already: leave it out of azure\.roleAssignments or azure\.callers, and run pulumi up again\.$/);
      expect(said).not.toContain("pulumi import");
    });

    it("is a killed run's, or another program's of the same identity, where the name is ours", () => {
      expect(advise({ ...role, message })).toMatch(/pulumi import azure-native:authorization:RoleAssignment [^]*If it belongs to somebody else, leave it out of azure\.roleAssignments/);
    });
  });

  it("may belong to somebody else", () => expect(advise({ ...deployment, message, parent: undefined })).toMatch(/'\/subscriptions[^']*' --protect=false[^]*somebody else, give the endpoint another "name"/));

  it("is nothing to import when a change of it failed", () => expect(advise({ ...deployment, operation: "update", message: "Role assignment already exists." })).not.toContain("pulumi import"));
});
