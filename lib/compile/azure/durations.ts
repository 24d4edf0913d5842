/** ISO 8601, as ARM writes every duration. */
export const seconds = (value: number): string => `PT${value}S`;

export const milliseconds = (value: number): string => seconds(value / 1000);

export const minutes = (value: number): string => `PT${value}M`;

/** Minutes in the form in which Azure Monitor answers: whole hours and days. */
export const window = (value: number): string => (value === 1440 ? "P1D" : value % 60 === 0 ? `PT${value / 60}H` : minutes(value));
