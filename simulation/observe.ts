import type { Item, Table } from '../lib/store/table.ts';
import { Broken } from './mistakes.ts';

/** Several times the calls of the longest run: more means that it does not end. */
const MOST_CALLS = 10_000;

/** Events out. */
export const isOutgoing = ({ pk, sk }: Item) => pk.startsWith('OUT#') && sk.startsWith('EVENT#');
/** Items that the stream delivers to a settle. */
export const isFact = ({ pk, sk }: Item) =>
  pk.startsWith('JOB#') && (sk.startsWith('EVENT#') || sk.startsWith('CUT#'));
/** Items that never change (I4, I9). */
export const isFrozen = (item: Item) => isFact(item) || isOutgoing(item) || item.sk === 'STATEMENT';
export const keyOf = ({ pk, sk }: Item) => `${pk} ${sk}`;

/** A table that reports each written item, as a stream does. */
export const observe = (table: Table, onWritten: (item: Item) => void): Table => {
  let calls = 0;
  const counted = <T>(result: T): T => {
    calls += 1;
    if (calls > MOST_CALLS) throw new Broken('does not come to rest');
    return result;
  };
  return {
    ...table,
    get: (key) => counted(table.get(key)),
    query: (pk, options) => counted(table.query(pk, options)),
    async put(put) {
      const outcome = await counted(table.put(put));
      if (outcome.written) onWritten(put.item);
      return outcome;
    },
    async putTogether(puts) {
      const outcome = await counted(table.putTogether(puts));
      if (outcome.written) for (const { item } of puts) onWritten(item);
      return outcome;
    },
  };
};
