const DAY_MS = 86_400_000;

/** The month of an instant, in UTC: the provider's zone. */
export const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
export const startOf = (month: string): number => Date.parse(`${month}-01T00:00:00Z`);
export const nextMonth = (month: string): string => monthOf(startOf(month) + 32 * DAY_MS);

/** As usages and bills write a time. */
export const dateText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
export const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
