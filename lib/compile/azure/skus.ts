/** VM sizes of managed online endpoints. */

/**
 * Families with their sizes, without `STANDARD_`, and the cores of each (reference-managed-online-endpoints-vm-sku-list, 2023-10-18). The page is old: a
 * size that is not on it earns a warning, never a refusal.
 */
const FAMILIES = {
  standardDASv4Family: "D2AS_V4:2 D4AS_V4:4 D8AS_V4:8 D16AS_V4:16 D32AS_V4:32 D48AS_V4:48 D64AS_V4:64 D96AS_V4:96",
  standardDAv4Family: "D2A_V4:2 D4A_V4:4 D8A_V4:8 D16A_V4:16 D32A_V4:32 D48A_V4:48 D64A_V4:64 D96A_V4:96",
  standardDSv2Family: "DS1_V2:1 DS2_V2:2 DS3_V2:4 DS4_V2:8 DS5_V2:16",
  standardESv3Family: "E2S_V3:2 E4S_V3:4 E8S_V3:8 E16S_V3:16 E32S_V3:32 E48S_V3:48 E64S_V3:64",
  standardFSv2Family: "F2S_V2:2 F4S_V2:4 F8S_V2:8 F16S_V2:16 F32S_V2:32 F48S_V2:48 F64S_V2:64 F72S_V2:72",
  standardFXMDVSFamily: "FX4MDS:4 FX12MDS:12 FX24MDS:24 FX36MDS:36 FX48MDS:48",
  standardLASv3Family: "L8AS_V3:8 L16AS_V3:16 L32AS_V3:32 L48AS_V3:48 L64AS_V3:64 L80AS_V3:80",
  standardLSv2Family: "L8S_V2:8 L16S_V2:16 L32S_V2:32 L48S_V2:48 L64S_V2:64 L80S_V2:80",
  standardLSv3Family: "L8S_V3:8 L16S_V3:16 L32S_V3:32 L48S_V3:48 L64S_V3:64 L80S_V3:80",
  standardNCADSA100v4Family: "NC24ADS_A100_V4:24 NC48ADS_A100_V4:48 NC96ADS_A100_V4:96",
  "standard NCASv3_T4 Family": "NC4AS_T4_V3:4 NC8AS_T4_V3:8 NC16AS_T4_V3:16 NC64AS_T4_V3:64",
  standardNCSv2Family: "NC6S_V2:6 NC12S_V2:12 NC24S_V2:24",
  standardNCSv3Family: "NC6S_V3:6 NC12S_V3:12 NC24S_V3:24",
  standardNCADSH100v5Family: "NC40ADS_H100_V5:40 NC80ADIS_H100_V5:80",
  "standard NDAMSv4_A100Family": "ND96AMSR_A100_V4:96",
  "standard NDASv4_A100 Family": "ND96ASR_V4:96",
  standardNDSv2Family: "ND40RS_V2:40",
  standardNDv5H100Family: "ND96IS_H100_V5:96 ND96ISR_H100_V5:96",
  standardNVADSA10v5Family: "NV6ADS_A10_V5:6 NV12ADS_A10_V5:12 NV18ADS_A10_V5:18 NV36ADS_A10_V5:36 NV36ADMS_A10_V5:36 NV72ADS_A10_V5:72",
} as const;

/** Families whose upgrades reserve nothing: the rows that say "Skip 20% Reservation". */
const EXEMPT: readonly string[] = [
  "standardNCADSA100v4Family",
  "standardNCADSH100v5Family",
  "standard NDAMSv4_A100Family",
  "standard NDASv4_A100 Family",
  "standardNDSv2Family",
  "standardNDv5H100Family",
];

/** Names of the families, as Azure's quota pages have them. */
export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);

/** A size that is listed. */
export interface Sku {
  readonly family: string;
  readonly cores: number;
}

const SKUS: ReadonlyMap<string, Sku> = new Map(
  Object.entries(FAMILIES).flatMap(([family, sizes]) =>
    sizes.split(" ").map((entry): [string, Sku] => {
      const [size = "", cores] = entry.split(":");
      return [size, { family, cores: Number(cores) }];
    }),
  ),
);

const sizeOf = (instanceType: string): string => instanceType.toUpperCase().replace(/^STANDARD_/, "");

/** What is known of a VM size; names are compared without case. */
export const skuOf = (instanceType: string): Sku | undefined => SKUS.get(sizeOf(instanceType));

export const isExempt = (family: string): boolean => EXEMPT.includes(family);

/** Cores that quota is charged for: a fifth more instances than there are, for upgrades (quota-allocation-online-deployment). */
export const chargedCores = ({ cores, family }: Sku, instances: number): number => cores * (isExempt(family) ? instances : Math.ceil((instances * 6) / 5));

const SMALL = new Set(["DS1_V2", "DS2_V2", "F2S_V2"]);

/** What there is to say of a VM size, if anything. */
export const skuWarning = (instanceType: string): string | undefined => {
  if (SMALL.has(sizeOf(instanceType))) return `${instanceType} is too small for most models; Microsoft suggests Standard_DS3_v2 or larger`;
  if (skuOf(instanceType) === undefined) return `${instanceType} is not on Microsoft's list of sizes for managed online endpoints`;
  return undefined;
};
