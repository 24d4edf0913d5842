export function init() {}

export const run = (data) => data;
