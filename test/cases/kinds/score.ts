export function init(): void {}

export const run = (data: string): string => data;
