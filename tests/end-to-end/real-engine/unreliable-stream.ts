import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { settleJobs } from '../../../lib/operations/settle/settle-jobs.ts';
import type { Table } from '../../../lib/store/table.ts';
import { failuresOf, jobsOf } from '../../../lib/stream.ts';
import type { Random } from '../../../simulation/random.ts';
import { createStallingTable, Died } from '../../unit/operations/tables.ts';
import { createDyingTable } from './dying-table.ts';

/** What becomes of a batch on its way from the stream to the charges. */
export const FATES = [
  'arrives',
  'arrives twice',
  'arrives in parts, all at once',
  'arrives twice, once at a process that is overtaken',
  'gets lost',
  'is settled, but the answer gets lost',
  'is settled in part, and the rest reported as failed',
  'meets a process that dies',
  'cannot be charged and is parked',
] as const;

type Fate = (typeof FATES)[number];
type Invoke = (event: DynamoDBStreamEvent) => Promise<unknown>;
type Answer = ReturnType<typeof failuresOf>;

/** A handler makes this many writes for a batch more often than not. */
const WRITES = 4;

const throttled = (table: Table): Table => ({
  ...table,
  put: (put) =>
    put.item.sk.startsWith('CHARGE#') ? Promise.reject(new Error('throttled on purpose')) : table.put(put),
});

/**
 * The worst case of Lambda: batches reach `settle-jobs` through faults drawn by the seed. Every
 * fault comes up before one is repeated, so a redelivered batch succeeds in the end.
 */
export const createUnreliableStream = (
  random: Random,
  table: Table,
  openOn: (table: Table) => Promise<BillingContext>,
) => {
  const counts = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;
  let deck: Fate[] = [];
  let overtaken: { goOn(): void; readonly done: Promise<Answer> } | undefined;

  const settleOn = async (own: Table, event: DynamoDBStreamEvent): Promise<Answer> => {
    const { lost } = await settleJobs(await openOn(own), jobsOf(event), () => {});
    return failuresOf(event, lost);
  };

  /** In parts of any size, in any order: a stream keeps the order of one item only. */
  const dealOut = ({ Records }: DynamoDBStreamEvent): DynamoDBStreamEvent[] => {
    const parts: DynamoDBStreamEvent[] = [];
    for (const left = [...Records]; left.length > 0; ) {
      const size = random.integer(1, left.length);
      parts.push({ Records: Array.from({ length: size }, () => random.take(left)) });
    }
    return parts;
  };

  /** Lets the process go on that has been overtaken, and waits for its end. */
  const release = async () => {
    overtaken?.goOn();
    await overtaken?.done;
  };

  const fates: Readonly<Record<Fate, (event: DynamoDBStreamEvent, settle: Invoke) => Promise<unknown>>> = {
    arrives: (event, settle) => settle(event),
    'arrives twice': async (event, settle) => {
      await settle(event);
      return settle(event);
    },
    'arrives in parts, all at once': async (event, settle) => {
      const answers = (await Promise.all(dealOut(event).map(settle))) as Answer[];
      return { batchItemFailures: answers.flatMap(({ batchItemFailures }) => batchItemFailures) };
    },
    'arrives twice, once at a process that is overtaken': async (event, settle) => {
      await release();
      const { table: stalling, goOn } = createStallingTable(table);
      overtaken = { goOn, done: settleOn(stalling, event) };
      return settle(event);
    },
    'gets lost': () => Promise.reject(new Error('lost on purpose')),
    'is settled, but the answer gets lost': async (event, settle) => {
      await settle(event);
      throw new Error('timed out on purpose');
    },
    'is settled in part, and the rest reported as failed': async ({ Records }, settle) => {
      const handled = random.integer(0, Records.length - 1);
      await settle({ Records: Records.slice(0, handled) });
      return {
        batchItemFailures: [{ itemIdentifier: Records[handled]?.dynamodb?.SequenceNumber ?? '' }],
      };
    },
    'meets a process that dies': async (event) => {
      const dying = createDyingTable(table, random, WRITES);
      const answer = await settleOn(dying.table, event);
      if (dying.died()) throw new Died();
      return answer;
    },
    'cannot be charged and is parked': (event) => settleOn(throttled(table), event),
  };

  return {
    /** Batches by what became of them. */
    counts: counts as Readonly<Record<Fate, number>>,
    /** Stands between the stream and `settle`. */
    before:
      (settle: Invoke): Invoke =>
      (event) => {
        if (deck.length === 0) deck = [...FATES];
        const fate = random.take(deck);
        counts[fate] += 1;
        return fates[fate](event, settle);
      },
    release,
  };
};
