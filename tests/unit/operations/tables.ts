import type { Put, Table } from '../../../lib/store/table.ts';

/** One call of a table, named as in its interface. */
export interface TableCall {
  readonly name: keyof Table;
  readonly args: readonly unknown[];
}

/** A statement and its index; charges may be written together too. */
export const isCommit = ({ name, args }: TableCall): boolean =>
  name === 'putTogether' && (args as Parameters<Table['putTogether']>)[0][0]?.item.sk === 'STATEMENT';

/** What a call puts, one item or several together; nothing if it is another call. */
export const putsOf = ({ name, args }: TableCall): readonly Put[] => {
  if (name === 'put') return args as [Put];
  return name === 'putTogether' ? (args as Parameters<Table['putTogether']>)[0] : [];
};

type Around = <T>(call: TableCall, run: () => Promise<T>) => Promise<T>;

/**
 * The table with `around` at every call. Reads of many items count as one call, made before the
 * first item.
 */
export const wrapTable = (table: Table, around: Around): Table => ({
  get: (key) => around({ name: 'get', args: [key] }, () => table.get(key)),
  async *query(pk, options) {
    yield* await around({ name: 'query', args: [pk, options] }, () =>
      Array.fromAsync(table.query(pk, options)),
    );
  },
  async *scan(options) {
    yield* await around({ name: 'scan', args: [options] }, () => Array.fromAsync(table.scan(options)));
  },
  put: (put) => around({ name: 'put', args: [put] }, () => table.put(put)),
  putTogether: (puts) => around({ name: 'putTogether', args: [puts] }, () => table.putTogether(puts)),
  putEach: (items) => around({ name: 'putEach', args: [items] }, () => table.putEach(items)),
  delete: (key, condition) =>
    around({ name: 'delete', args: [key, condition] }, () => table.delete(key, condition)),
});

/** The process is gone: nothing it does reaches the table any more. */
export class Died extends Error {}

/**
 * Where a process dies: just before its n-th table call, just after it, or in the middle of a batch
 * of writes.
 */
export interface Death {
  readonly call: number;
  readonly when: 'before' | 'midway' | 'after';
}

/** The table as seen by a process that dies. `died` is whether it reached that call. */
export const createMortalTable = (table: Table, { call, when }: Death) => {
  let calls = 0;
  let died = false;
  const mortal = wrapTable(table, async ({ name, args }, run) => {
    calls += 1;
    if (calls < call) return run();
    if (calls > call || when === 'before') {
      died = true;
      throw new Died();
    }
    if (when === 'midway' && name === 'putEach') {
      const [items] = args as Parameters<Table['putEach']>;
      await table.putEach(items.slice(0, Math.floor(items.length / 2)));
    } else {
      await run();
    }
    died = true;
    throw new Died();
  });
  return { table: mortal, died: () => died };
};

/** Stops a process just before it first writes a charge, until the test lets it go on. */
export const createStallingTable = (table: Table) => {
  const stalled = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let first = true;
  const stalling = wrapTable(table, async (call, run) => {
    if (first && putsOf(call).some(({ item }) => item.sk.startsWith('CHARGE#'))) {
      first = false;
      stalled.resolve();
      await goOn.promise;
    }
    return run();
  });
  return { table: stalling, stalled: stalled.promise, goOn: () => goOn.resolve() };
};
