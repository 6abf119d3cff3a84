/** Collects the values of an option that is given several times. */
export const append = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];
