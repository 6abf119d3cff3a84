import * as Duration from 'temporal-polyfill/fns/Duration';

/** Milliseconds of an ISO 8601 duration in days (of 24 hours) and smaller parts; NaN if it is none. */
export const durationMs = (text: string): number => {
  try {
    return Duration.total(Duration.fromString(text), 'milliseconds');
  } catch {
    return Number.NaN;
  }
};
