import * as PlainDateTime from 'temporal-polyfill/fns/PlainDateTime';
import { Unreadable } from './reported-event.ts';

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)$/;

type Fields = [number, number, number, number, number, number];

/**
 * Epoch milliseconds of a local time without offset. Unreadable in the hour that a zone repeats or
 * leaves out when its offset changes.
 */
export const readLocalTime = (name: string, text: string, timeZone: string): number => {
  const fields = LOCAL.exec(text)?.slice(1).map(Number) as Fields | undefined;
  if (!fields) throw new Unreadable(`${name} ${JSON.stringify(text)} is not a local time`);
  try {
    const local = PlainDateTime.create(...fields);
    return PlainDateTime.toZonedDateTime(local, timeZone, { disambiguation: 'reject' }).epochMilliseconds;
  } catch {
    throw new Unreadable(`${name} ${text} is not one instant in ${timeZone}`);
  }
};
