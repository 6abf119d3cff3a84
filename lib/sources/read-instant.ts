import * as Instant from 'temporal-polyfill/fns/Instant';
import { Unreadable } from './reported-event.ts';

/**
 * A time with an offset (RFC 3339, at most 9 fractional digits), in UTC: with milliseconds, or with
 * the digits that it has beyond them.
 */
export const readInstant = (name: string, text: unknown): string => {
  try {
    const instant = Instant.fromString(String(text));
    const whole = instant.epochNanoseconds % 1_000_000n === 0n;
    return Instant.toString(instant, whole ? { fractionalSecondDigits: 3 } : {});
  } catch {
    throw new Unreadable(`${name} ${JSON.stringify(text)} is not a time with an offset`);
  }
};
