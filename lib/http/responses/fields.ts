import * as v from 'valibot';
import { ID } from '../../validation.ts';

/** Kinds of members that answers are made of. Each is given what the member means, and adds its own unit and shape. */
const text = (pattern: RegExp, description: string) =>
  v.pipe(v.string(), v.regex(pattern), v.description(description));

/** Any text. */
export const words = (what: string) => v.pipe(v.string(), v.description(what));

export const id = (what: string) => text(ID, what);

/** The source or the id of an event. */
export const eventName = (what: string) => text(/^[\x20-\x7e]{1,256}$/, what);

export const month = (what: string) =>
  v.pipe(text(/^\d{4}-\d\d$/, `${what}. \`YYYY-MM\`, in the billing time zone.`));

export const time = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    v.metadata({ format: 'date-time', description: `${what}. RFC 3339, in UTC, with milliseconds.` }),
  );

/** Money with the currency's own digits. */
export const amount = (what: string) =>
  text(/^-?\d+(\.\d+)?$/, `${what}. Decimal string with the digits of \`currency\`.`);

export const price = (what: string) =>
  text(/^\d+(\.\d+)?$/, `${what}. Decimal string, in \`currency\` per hour and unit.`);

export const exactAmount = (what: string) => text(/^\d+(\.\d+)?$/, what);

export const currency = () => text(/^[A-Z]{3}$/, 'ISO 4217 code.');

export const whole = (what: string) => v.pipe(v.number(), v.integer(), v.description(what));

export const wholeFromZero = (what: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(0), v.description(what));

/** A member that is left out rather than `false`. */
export const onlyTrue = (what: string) => v.pipe(v.boolean(), v.value(true), v.description(what));

export const unit = () =>
  v.pipe(
    v.picklist(['gpu', 'cpu']),
    v.description('What is counted: GPUs where the job has any, else CPUs.'),
  );

/** Where a list goes on. */
export const next = () =>
  v.exactOptional(words('There is more: ask again with this as `cursor`. Absent on the last page.'));

/** An object that readers are told the meaning of. Members are left out rather than null. */
export const object = <const Entries extends v.ObjectEntries>(what: string, entries: Entries) =>
  v.pipe(v.object(entries), v.description(what));
