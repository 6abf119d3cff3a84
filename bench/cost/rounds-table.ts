import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Table } from '../../lib/store/table.ts';

/**
 * A table in memory that answers in rounds: calls made at once are answered together, one that
 * waits for an answer is in a later round. So rounds times the latency of a call is the time that
 * an operation waits.
 */
export const createRounds = (table: Table) => {
  let waiting: (() => void)[] = [];
  const answer = () => new Promise<void>((resolve) => waiting.push(resolve));
  const after = async <T>(call: Promise<T>): Promise<T> => {
    await answer();
    return call;
  };
  const inRounds: Table = {
    ...table,
    get: (key) => after(table.get(key)),
    async *query(pk, options) {
      await answer();
      yield* table.query(pk, options);
    },
    put: (put) => after(table.put(put)),
    putTogether: (puts) => after(table.putTogether(puts)),
    putEach: (items) => after(table.putEach(items)),
    delete: (key, condition) => after(table.delete(key, condition)),
  };
  return {
    table: inRounds,
    /** Runs an operation; the number of its rounds. */
    async run(operation: () => Promise<unknown>): Promise<number> {
      let isDone = false;
      let rounds = 0;
      const done = operation().finally(() => {
        isDone = true;
      });
      // Its failure is the caller's.
      done.catch(() => undefined);
      for (;;) {
        await nextTurn();
        if (isDone) break;
        if (waiting.length > 0) rounds += 1;
        const answered = waiting;
        waiting = [];
        for (const resolve of answered) resolve();
      }
      await done;
      return rounds;
    },
  };
};
