/** ISO 8601, as ARM writes every duration. */
export const seconds = (value: number): string => `PT${value}S`;

export const milliseconds = (value: number): string => seconds(value / 1000);

export const minutes = (value: number): string => `PT${value}M`;
