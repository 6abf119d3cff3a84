import * as Duration from 'temporal-polyfill/fns/Duration';

/** Milliseconds of an ISO 8601 duration in days (24 hours) and smaller units; NaN if invalid. */
export const durationMs = (text: string): number => {
  try {
    return Duration.total(Duration.fromString(text), 'milliseconds');
  } catch {
    return Number.NaN;
  }
};
