/** The API server keeps no empty list: one that is written differs from what there is, and every `up` would change it again. */
export const filled = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
