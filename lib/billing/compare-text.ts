/** Orders texts by their characters, the same everywhere: ids, months and ISO times are ASCII. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
