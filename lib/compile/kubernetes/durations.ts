/** A duration as the Gateway API writes it: up to four parts of up to five digits each (GEP-2257). */
export const milliseconds = (value: number): string => {
  if (value <= 99_999) return `${value}ms`;
  const parts = [
    [Math.floor(value / 3_600_000), "h"],
    [Math.floor(value / 60_000) % 60, "m"],
    [Math.floor(value / 1000) % 60, "s"],
    [value % 1000, "ms"],
  ] as const;
  return parts.flatMap(([amount, unit]) => (amount === 0 ? [] : [`${amount}${unit}`])).join("");
};
