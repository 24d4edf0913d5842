/**
 * VM sizes that managed online endpoints list (reference-managed-online-endpoints-vm-sku-list, 2023-10-18), without `STANDARD_`. The page is
 * old: a size that is not on it earns a warning, never a refusal.
 */
const LISTED = `
D2AS_V4 D4AS_V4 D8AS_V4 D16AS_V4 D32AS_V4 D48AS_V4 D64AS_V4 D96AS_V4
D2A_V4 D4A_V4 D8A_V4 D16A_V4 D32A_V4 D48A_V4 D64A_V4 D96A_V4
DS1_V2 DS2_V2 DS3_V2 DS4_V2 DS5_V2
E2S_V3 E4S_V3 E8S_V3 E16S_V3 E32S_V3 E48S_V3 E64S_V3
F2S_V2 F4S_V2 F8S_V2 F16S_V2 F32S_V2 F48S_V2 F64S_V2 F72S_V2
FX4MDS FX12MDS FX24MDS FX36MDS FX48MDS
L8AS_V3 L16AS_V3 L32AS_V3 L48AS_V3 L64AS_V3 L80AS_V3
L8S_V2 L16S_V2 L32S_V2 L48S_V2 L64S_V2 L80S_V2
L8S_V3 L16S_V3 L32S_V3 L48S_V3 L64S_V3 L80S_V3
NC24ADS_A100_V4 NC48ADS_A100_V4 NC96ADS_A100_V4
NC4AS_T4_V3 NC8AS_T4_V3 NC16AS_T4_V3 NC64AS_T4_V3
NC6S_V2 NC12S_V2 NC24S_V2 NC6S_V3 NC12S_V3 NC24S_V3
NC40ADS_H100_V5 NC80ADIS_H100_V5 ND96AMSR_A100_V4 ND96ASR_V4 ND40RS_V2 ND96IS_H100_V5 ND96ISR_H100_V5
NV6ADS_A10_V5 NV12ADS_A10_V5 NV18ADS_A10_V5 NV36ADS_A10_V5 NV36ADMS_A10_V5 NV72ADS_A10_V5`;

const SMALL = new Set(["DS1_V2", "DS2_V2", "F2S_V2"]);

/** What there is to say of a VM size, if anything. */
export const skuWarning = (instanceType: string): string | undefined => {
  const size = instanceType.toUpperCase().replace(/^STANDARD_/, "");
  if (SMALL.has(size)) return `${instanceType} is too small for most models; Microsoft suggests Standard_DS3_v2 or larger`;
  if (!LISTED.split(/\s+/).includes(size)) return `${instanceType} is not on Microsoft's list of sizes for managed online endpoints`;
  return undefined;
};
