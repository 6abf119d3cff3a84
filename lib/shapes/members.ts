import * as v from 'valibot';
import * as fields from './fields.ts';

// Members of answers: a field with its description, to which unit and format are added.

const described = <const Field extends v.GenericSchema>(field: Field, what: string) =>
  v.pipe(field, v.description(what));

/** Any text. */
export const words = (what: string) => described(v.string('must be a string'), what);

export const id = (what: string) => described(fields.Id, what);

export const eventName = (what: string) => described(fields.EventName, what);

export const digest = (what: string) => described(fields.Digest, what);

export const month = (what: string) =>
  described(fields.Month, `${what}. \`YYYY-MM\`, in the billing time zone.`);

export const time = (what: string) =>
  v.pipe(
    fields.Time,
    v.metadata({ format: 'date-time', description: `${what}. RFC 3339, in UTC, with milliseconds.` }),
  );

export const day = (what: string) =>
  v.pipe(
    fields.Day,
    v.metadata({ format: 'date', description: `\`YYYY-MM-DD\` in the billing time zone: ${what}.` }),
  );

export const timeZone = () => described(fields.TimeZone, 'The billing time zone, an IANA name.');

export const money = (what: string) =>
  described(fields.Money, `${what}. Decimal string with the digits of \`currency\`.`);

export const price = (what: string) =>
  described(fields.Price, `${what}. Decimal string, in \`currency\` per hour and unit.`);

export const amountTimes60 = (what: string) => described(fields.AmountTimes60, what);

export const currency = () => described(fields.Currency, 'ISO 4217 code.');

/** How many of a resource; thousandths are exact. */
export const count = (what: string) => described(fields.Count, what);

/** Minutes of one month. */
export const minutes = (what: string) => described(fields.Minutes, what);

export const quantity = (what: string) => described(fields.Quantity, what);

export const total = (what: string) => described(fields.Total, what);

export const unitQuantity = (what: string) => described(fields.UnitQuantity, what);

export const unitTotal = (what: string) => described(fields.UnitTotal, what);

export const labels = (what: string) => described(fields.Labels, what);

export const unit = () => described(fields.Unit, 'What the price counts.');

/** A member that is absent instead of `false`. */
export const onlyTrue = (what: string) =>
  v.pipe(v.boolean('must be true'), v.value(true, 'must be true'), v.description(what));

/** Cursor of the next page. */
export const next = () => v.exactOptional(words('The `cursor` of the next page. Absent on the last page.'));

export const list = <const Item extends v.GenericSchema>(item: Item, what: string) =>
  described(v.array(item, 'must be an array'), what);

/** What unrated time waits for, as texts for people. */
export const waitsFor = () =>
  list(
    words('`resources`, or like `a price for ai2-h100` or `a count of gpu`.'),
    'What its unrated time waits for: it is billed once all are there. Absent where none is unrated.',
  );

/**
 * An object with its description. Members are absent instead of null. Unknown members are refused,
 * because `verify` cannot check them.
 */
export const object = <const Entries extends v.ObjectEntries>(what: string, entries: Entries) =>
  v.pipe(
    v.strictObject(entries, ({ expected, received }) =>
      expected === 'never' ? 'is unknown' : received === 'undefined' ? 'is missing' : 'must be an object',
    ),
    v.description(what),
  );

/** An object with possibly unknown members, which clients ignore: a later version may add some. */
export const openObject = <const Entries extends v.ObjectEntries>(what: string, entries: Entries) =>
  v.pipe(v.object(entries), v.description(what));
