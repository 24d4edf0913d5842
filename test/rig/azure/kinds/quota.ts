/** Cores of the managed deployments in the subscription, by VM family. Families without a planted limit have none. */
import type { Body } from "../../json.ts";
import type { Asked } from "../kind.ts";
import { placeOf } from "../paths.ts";
import { refuse } from "../refusal.ts";
import { keyOf } from "../world.ts";

/** Cores of the sizes that tests use. */
const SIZES: Readonly<Record<string, readonly [family: string, cores: number]>> = {
  STANDARD_DS1_V2: ["standardDSv2Family", 1],
  STANDARD_DS2_V2: ["standardDSv2Family", 2],
  STANDARD_DS3_V2: ["standardDSv2Family", 4],
  STANDARD_DS4_V2: ["standardDSv2Family", 8],
  STANDARD_DS5_V2: ["standardDSv2Family", 16],
  STANDARD_F2S_V2: ["standardFSv2Family", 2],
  STANDARD_F4S_V2: ["standardFSv2Family", 4],
  STANDARD_F8S_V2: ["standardFSv2Family", 8],
  STANDARD_E4S_V3: ["standardESv3Family", 4],
  STANDARD_NC4AS_T4_V3: ["standard NCASv3_T4 Family", 4],
  STANDARD_NC24ADS_A100_V4: ["standardNCADSA100v4Family", 24],
};
/** No cores are kept for their upgrades. */
const EXEMPT = new Set(["standardNCADSA100v4Family"]);

export const checkQuota = ({ body, control, place, world }: Asked, properties: Body): void => {
  const family = sizeOf(properties)?.[0];
  const limit = family === undefined ? undefined : control.quota[family];
  if (family === undefined || limit === undefined) return;
  const others = Object.values(world.resources).filter(({ id }) => placeOf(id)?.kind === "onlineDeployment" && keyOf(id) !== keyOf(place.path));
  const used = others.reduce((sum, { body: theirs }) => sum + cores(theirs, family), 0);
  const wanted = cores(body, family);
  if (used + wanted <= limit) return;
  const message = `Not enough quota available for ${properties["instanceType"]} in this subscription: ${wanted} cores of ${family} wanted, ${limit - used} of ${limit} left.`;
  refuse("quota", message, "OutOfQuota");
};

const sizeOf = (properties: Body) => SIZES[String(properties["instanceType"] ?? "").toUpperCase()];

const cores = (body: Body, family: string): number => {
  const size = sizeOf(body["properties"]);
  if (size === undefined || size[0] !== family) return 0;
  const count: number = body["sku"]["capacity"];
  return (EXEMPT.has(family) ? count : Math.ceil(count * 1.2)) * size[1];
};
