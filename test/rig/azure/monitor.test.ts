/** Rules of Azure Monitor's settings. */
import { expect, test } from "vitest";
import type { Body } from "../json.ts";
import { BLUE, blueGreen, deployment, ENDPOINT, endpoint, fresh, GREEN, GROUP } from "./trying.ts";

const SETTING = `${GROUP}/providers/Microsoft.Insights/autoscaleSettings/blue`;

const trigger = (more: Body = {}) => ({ metricName: "CpuUtilizationPercentage", metricResourceUri: BLUE, timeGrain: "PT1M", timeWindow: "PT5M", ...more });
const rules = (count: number, more: Body = {}) => [...Array(count)].map(() => ({ metricTrigger: trigger(more), scaleAction: { direction: "Increase" } }));
const profile = (more: Body = {}) => ({ name: "default", capacity: { minimum: "2", default: "2", maximum: "5" }, rules: rules(1), ...more });
const weekend = { recurrence: { frequency: "Week" } };
const setting = (more: Body = {}) => ({ location: "westeurope", properties: { enabled: true, targetResourceUri: BLUE, profiles: [profile()], ...more } });

test("an autoscale setting for a managed deployment", async () => {
  const { ask, put } = await blueGreen();
  const latency = { metricName: "RequestLatency", metricResourceUri: ENDPOINT, timeGrain: "PT12H", timeWindow: "PT1H" };
  const profiles = [profile({ rules: [...rules(9), ...rules(1, latency)] }), ...[...Array(19)].map(() => profile(weekend))];
  expect(await put(SETTING, setting({ profiles }))).toMatchObject({ status: 201 });
  expect((await ask("GET", SETTING)).body).toMatchObject({ name: "blue", properties: { enabled: true, targetResourceUri: BLUE } });
});

test.each([
  [80, "a target that is not there", { targetResourceUri: `${BLUE}2` }],
  [80, "an endpoint as target", { targetResourceUri: ENDPOINT }],
  [81, "21 profiles", { profiles: [profile(), ...[...Array(20)].map(() => profile(weekend))] }],
  [81, "no default", { profiles: [profile(weekend)] }],
  [81, "two defaults", { profiles: [profile(), profile()] }],
  [82, "11 rules", { profiles: [profile({ rules: rules(11) })] }],
  [83, "numbers for texts", { profiles: [profile({ capacity: { minimum: 2, default: 2, maximum: 5 } })] }],
  [83, "a default above the maximum", { profiles: [profile({ capacity: { minimum: "2", default: "6", maximum: "5" } })] }],
  [84, "a metric that deployments do not have", { profiles: [profile({ rules: rules(1, { metricName: "RequestLatency" }) })] }],
  [84, "a window of a minute", { profiles: [profile({ rules: rules(1, { timeWindow: "PT1M" }) })] }],
  [84, "a grain of a second", { profiles: [profile({ rules: rules(1, { timeGrain: "PT1S" }) })] }],
  [84, "a window of a day", { profiles: [profile({ rules: rules(1, { timeWindow: "PT24H" }) })] }],
])("rule %i: %s", async (rule, _what, more) => {
  const { put } = await blueGreen();
  expect(await put(SETTING, setting(more))).toMatchObject({ status: 400, rule });
});

test("rule 80: one setting a target, and none on Kubernetes compute", async () => {
  const { put } = await blueGreen();
  await put(SETTING, setting());
  expect(await put(SETTING, setting())).toMatchObject({ status: 200 });
  expect(await put(`${SETTING}2`, setting())).toMatchObject({ status: 409, rule: 80 });
  const other = fresh();
  await other.put(ENDPOINT, endpoint({ compute: "c" }));
  await other.put(BLUE, deployment({ endpointComputeType: "Kubernetes" }));
  expect(await other.put(SETTING, setting())).toMatchObject({ status: 400, rule: 80 });
});

const DIAGNOSTICS = "providers/Microsoft.Insights/diagnosticSettings/logs";
const logs = (category: string, more: Body = { workspaceId: "/law" }) => ({ properties: { logs: [{ category, enabled: true }], ...more } });

test("rules 85 and 86: diagnostics are an endpoint's, of its categories, to somewhere", async () => {
  const { put } = await blueGreen();
  expect(await put(`${ENDPOINT}/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog"))).toMatchObject({ status: 201 });
  expect(await put(`${ENDPOINT}/${DIAGNOSTICS}`, logs("ConsoleLog"))).toMatchObject({ status: 400, rule: 86 });
  expect(await put(`${ENDPOINT}/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog", {}))).toMatchObject({ status: 400, rule: 85 });
  expect(await put(`${BLUE}/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog"))).toMatchObject({ status: 400, rule: 85 });
  expect(await put(`${ENDPOINT}2/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog"))).toMatchObject({ status: 404 });
  const other = fresh();
  await other.put(ENDPOINT, endpoint({ compute: "c" }));
  expect(await other.put(`${ENDPOINT}/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog"))).toMatchObject({ status: 400, rule: 85 });
});

test("diagnostics do not count as deployments, and do not go into traffic", async () => {
  const { put } = await blueGreen();
  await put(`${ENDPOINT}/${DIAGNOSTICS}`, logs("AmlOnlineEndpointConsoleLog"));
  expect(await put(ENDPOINT, endpoint({ traffic: { logs: 100 } }))).toMatchObject({ status: 400, rule: 21 });
});

test("rule 87: an alert watches a metric that its scope has", async () => {
  const { put } = await blueGreen();
  const alert = (scope: string, metricName: string) => ({ location: "global", properties: { scopes: [scope], criteria: { allOf: [{ metricName }] } } });
  const path = `${GROUP}/providers/Microsoft.Insights/metricAlerts/slow`;
  expect(await put(path, alert(ENDPOINT, "RequestLatency_P95"))).toMatchObject({ status: 201 });
  expect(await put(path, alert(GREEN, "DeploymentCapacity"))).toMatchObject({ status: 200 });
  expect(await put(path, alert(ENDPOINT, "DeploymentCapacity"))).toMatchObject({ status: 400, rule: 87 });
  expect(await put(path, alert(`${ENDPOINT}2`, "RequestLatency_P95"))).toMatchObject({ status: 400, rule: 87 });
});
