import * as v from 'valibot';
import { inputErrors } from '../validation.ts';
import { Unreadable } from './reported-event.ts';

// Members that records of several platforms have.

/** Members that are not named are ignored: platforms add some now and then. */
export const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.object(entries, 'is not an object');

/** Empty where it is missing. */
export const list = <const Item extends v.GenericSchema>(item: Item) =>
  v.nullish(v.array(item, 'is not a list'), []);

export const Text = v.string('is not a text');
export const MaybeText = v.nullish(Text);

const COUNT_RULE = 'is not a whole number from 0 to 100000';
/** None where it is missing. */
export const Count = v.nullish(
  v.pipe(
    v.number(COUNT_RULE),
    v.integer(COUNT_RULE),
    v.minValue(0, COUNT_RULE),
    v.maxValue(100_000, COUNT_RULE),
  ),
  0,
);

const SECONDS_RULE = 'is not a whole number of seconds';
export const Seconds = v.nullish(
  v.pipe(v.number(SECONDS_RULE), v.safeInteger(SECONDS_RULE), v.minValue(0, SECONDS_RULE)),
);

/** Reads a record; the first member that is not as its platform describes it makes it unreadable. */
export const readerOf =
  <Output>(what: string, schema: v.GenericSchema<unknown, Output>) =>
  (record: unknown): Output => {
    const { success, output, issues = [] } = v.safeParse(schema, record, { abortEarly: true });
    if (success) return output;
    const [error] = inputErrors(issues, { what });
    throw new Unreadable(error?.detail);
  };
