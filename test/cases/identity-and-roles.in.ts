import { azure, onnx, type Case } from "./declare.ts";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers";

export default {
  name: "wine",
  args: {
    authMode: "aad_token",
    azure: {
      identity: {
        type: "user_assigned",
        userAssignedIdentities: [{ resourceId: `${subscription}/Microsoft.ManagedIdentity/userAssignedIdentities/wine`, principalId: "11111111-1111-1111-1111-111111111111" }],
      },
      roleAssignments: {
        registry: { role: "AcrPull", scope: `${subscription}/Microsoft.ContainerRegistry/registries/models` },
        data: { role: "Storage Blob Data Reader", scope: `${subscription}/Microsoft.Storage/storageAccounts/acct` },
      },
      callers: { shop: { principalId: "22222222-2222-2222-2222-222222222222" }, people: { principalId: "33333333-3333-3333-3333-333333333333", principalType: "Group" } },
    },
    deployments: { blue: { model: onnx("blue"), instanceCount: 3, azure } },
    traffic: { blue: 100 },
  },
} satisfies Case;
