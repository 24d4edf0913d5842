/** Diagnostic settings and alerts. */
import type { Body } from "../../json.ts";
import { keep, type Accepted, type Asked, type Kind } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { missing, refuse } from "../refusal.ts";
import { find, type Stored } from "../world.ts";
import { hasMetric } from "./metrics.ts";

const CATEGORIES = ["AmlOnlineEndpointTrafficLog", "AmlOnlineEndpointConsoleLog", "AmlOnlineEndpointEventLog"];
const GROUPS = ["allLogs", "audit"];
const DESTINATIONS = ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"];

const putDiagnostic = ({ body, place, world }: Asked): Accepted => {
  const scope = place.parts["scope"] ?? "";
  const target = find(world, scope);
  const properties: Body = body["properties"] ?? {};
  if (target === undefined) throw missing(scope);
  if (placeOf(scope)?.kind !== "onlineEndpoint" || target.body["properties"]["compute"] !== undefined)
    refuse("diagnosticTarget", `'${scope}' has no diagnostic settings: they are for endpoints on managed compute.`);
  if (DESTINATIONS.every((key) => properties[key] === undefined)) refuse("diagnosticTarget", "A diagnostic setting needs a destination.");
  for (const log of (properties["logs"] ?? []) as Body[])
    if (!CATEGORIES.includes(log["category"]) && !GROUPS.includes(log["categoryGroup"])) refuse("diagnosticCategory", `Category '${log["category"]}' is not supported.`);
  return { body: { properties } };
};

const putAlert = ({ body, world }: Asked): Accepted => {
  const properties: Body = body["properties"] ?? {};
  for (const scope of properties["scopes"] as string[])
    for (const criterion of (properties["criteria"]?.["allOf"] ?? []) as Body[])
      if (find(world, scope) === undefined || !hasMetric(scope, criterion["metricName"])) refuse("alertMetric", `'${scope}' has no metric '${criterion["metricName"]}'.`);
  return { body: { ...body, properties } };
};

const show = (_stored: Stored, body: Body): Body => body;

export const diagnosticSetting: Kind = { type: "Microsoft.Insights/diagnosticSettings", slow: false, serial: false, put: putDiagnostic, show };

export const metricAlert: Kind = { type: "Microsoft.Insights/metricAlerts", slow: false, serial: false, put: putAlert, show };

/** Queries are not looked into. */
export const queryRule: Kind = { type: "Microsoft.Insights/scheduledQueryRules", slow: false, serial: false, put: keep, show };
