import { type BilledChargeRecord, BLOCK_RECORDS } from '../../store/billed-charges.ts';
import type { Store } from '../../store/store.ts';
import type { Attempt, RecordSink } from './prepare-statement.ts';

/** Writes the records of an attempt in full blocks, and the rest of a usage month when it ends. */
export const createRecordWriter = (store: Store, { projectId, statementId }: Attempt): RecordSink => {
  let usageMonth = '';
  let waiting: readonly BilledChargeRecord[] = [];
  const write = async (count: number) => {
    if (count === 0) return;
    const records = waiting.slice(0, count);
    waiting = waiting.slice(count);
    await store.writeBilledCharges({ projectId, usageMonth }, statementId, records);
  };
  const flush = () => write(waiting.length);
  return {
    async add(records) {
      const [first] = records;
      if (!first) return;
      if (first.usageMonth !== usageMonth) await flush();
      usageMonth = first.usageMonth;
      waiting = [...waiting, ...records];
      if (waiting.length >= BLOCK_RECORDS) await write(waiting.length - (waiting.length % BLOCK_RECORDS));
    },
    flush,
  };
};
