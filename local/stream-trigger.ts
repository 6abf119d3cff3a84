import assert from 'node:assert/strict';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { deliverBatch } from './deliver-batch.ts';
import type { StreamSettings } from './serverless-file.ts';
import { createStreamFilter } from './stream-filter.ts';
import { toStreamRecord } from './stream-record.ts';

const IDLE_POLL_MS = 50;
const LIST_SHARDS_MS = 1_000;

export interface StreamTriggerOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly settings: Omit<StreamSettings, 'type' | 'arn' | 'startingPosition' | 'destinations'>;
  /** Calls the function and gives its answer; a rejection is a function error. */
  readonly invoke: (event: DynamoDBStreamEvent) => Promise<unknown>;
  readonly onLog: (line: string) => void;
  /** How long to wait after so many failures in a row. */
  readonly backoffMs?: (failures: number) => number;
  /** Milliseconds that never jump, whatever is done to the clock of the machine. */
  readonly elapsedMs?: () => number;
}

interface StreamTriggerStats {
  /** Records the function has handled. */
  handled: number;
  /** Invocations that failed, wholly or in part. */
  failedInvocations: number;
  /** Records given up on; deployed, these go to the failure destination. */
  givenUp: number;
}

export interface StreamTrigger {
  readonly stats: Readonly<StreamTriggerStats>;
  /** Resolves once everything written before this call has been handled or given up on. */
  idle(): Promise<void>;
  /** Ends reading; a batch under way is finished first, but not retried. */
  stop(): Promise<void>;
}

/** Somebody who waits until a shard has been read to its end: two empty reads, of which the second began after the question. */
interface Waiter {
  emptyReadsLeft: number;
  readonly resolve: () => void;
}

interface ShardReader {
  readonly done: Promise<void>;
  readonly waiters: Set<Waiter>;
}

const defaultBackoffMs = (failures: number) => Math.min(100 * 2 ** (failures - 1), 10_000);

/**
 * The event source mapping of the local stack: hands the records of a table's stream to a function.
 *
 * It keeps what Lambda promises: the records of a shard in order, each at least once, a child shard after its parent,
 * only what the filter lets through, a failed batch retried from its lowest failed record, and a position that moves on
 * only once a batch is handled or given up on. It starts at TRIM_HORIZON, so a restart hands old records over again.
 */
export const startStreamTrigger = ({
  client,
  streamArn,
  settings,
  invoke,
  onLog,
  backoffMs = defaultBackoffMs,
  elapsedMs = () => performance.now(),
}: StreamTriggerOptions): StreamTrigger => {
  const passes = createStreamFilter(settings.filterPatterns);
  const stats: StreamTriggerStats = { handled: 0, failedInvocations: 0, givenUp: 0 };
  const readers = new Map<string, ShardReader>();
  const finished = new Set<string>();
  const stopping = new AbortController();
  const { signal } = stopping;

  /** Waits; ends at once when the trigger is stopped. */
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });

  const iteratorAfter = async (ShardId: string, sequenceNumber: string | undefined) => {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand(
        sequenceNumber === undefined
          ? { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
          : {
              StreamArn: streamArn,
              ShardId,
              ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
              SequenceNumber: sequenceNumber,
            },
      ),
    );
    return ShardIterator;
  };

  const deliver = (records: readonly DynamoDBRecord[]) => {
    const readAtMs = elapsedMs();
    return deliverBatch(records, {
      invoke,
      settings,
      stats,
      onLog,
      // Counts from the first attempt: a stack that was off, or a machine that slept, has not tried a record yet.
      ageMs: () => elapsedMs() - readAtMs,
      pause: (failures) => pause(backoffMs(failures)),
      stopped: () => signal.aborted,
    });
  };

  const countEmptyRead = (waiters: Set<Waiter>) => {
    for (const waiter of waiters) {
      waiter.emptyReadsLeft -= 1;
      if (waiter.emptyReadsLeft > 0) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };

  const readShard = async (shardId: string, waiters: Set<Waiter>): Promise<void> => {
    let handledUpTo: string | undefined;
    let iterator: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      let records: DynamoDBRecord[];
      let next: string | undefined;
      try {
        iterator ??= await iteratorAfter(shardId, handledUpTo);
        const page = await client.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: settings.batchSize }),
        );
        records = (page.Records ?? []).map((record) => toStreamRecord(record, streamArn));
        next = page.NextShardIterator;
        failures = 0;
      } catch (error) {
        // An iterator lives for minutes; after any trouble a new one starts behind what was handled.
        iterator = undefined;
        failures += 1;
        if (failures === 2) onLog(`stream: reading fails, trying again: ${String(error)}`);
        await pause(backoffMs(failures));
        continue;
      }
      const wanted = records.filter(passes);
      if (wanted.length > 0) await deliver(wanted);
      if (signal.aborted) return;
      handledUpTo = records.at(-1)?.dynamodb?.SequenceNumber ?? handledUpTo;
      if (records.length === 0) countEmptyRead(waiters);
      if (next === undefined) {
        finished.add(shardId);
        return;
      }
      iterator = next;
      if (records.length === 0 && waiters.size === 0) await pause(IDLE_POLL_MS);
    }
  };

  const startReader = (shardId: string) => {
    const waiters = new Set<Waiter>();
    const done = readShard(shardId, waiters).finally(() => {
      for (const waiter of waiters) waiter.resolve();
    });
    readers.set(shardId, { done, waiters });
    // Its children may start now.
    void done.then(tryStartNewReaders);
  };

  const listShards = async () => {
    const shards: Shard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({ StreamArn: streamArn, ...(last && { ExclusiveStartShardId: last }) }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      last = StreamDescription?.LastEvaluatedShardId;
    } while (last !== undefined);
    return shards;
  };

  const startNewReaders = async () => {
    if (signal.aborted) return;
    const shards = await listShards();
    const listed = new Set(shards.map(({ ShardId }) => ShardId));
    for (const { ShardId, ParentShardId } of shards) {
      assert(ShardId, 'a shard has an id');
      // A parent that is no longer listed has been trimmed: nothing of it can be read.
      const parentDone = !ParentShardId || !listed.has(ParentShardId) || finished.has(ParentShardId);
      if (parentDone && !readers.has(ShardId) && !signal.aborted) startReader(ShardId);
    }
  };

  const tryStartNewReaders = () =>
    startNewReaders().catch((error: unknown) => {
      if (!signal.aborted) onLog(`stream: listing its shards failed, trying again: ${String(error)}`);
    });

  const watchShards = async () => {
    while (!signal.aborted) {
      await tryStartNewReaders();
      await pause(LIST_SHARDS_MS);
    }
  };
  const watching = watchShards();

  return {
    stats,
    async idle() {
      const progress = () => readers.size + finished.size;
      let before: number;
      do {
        await startNewReaders();
        before = progress();
        await Promise.all(
          [...readers.entries()]
            .filter(([shardId]) => !finished.has(shardId))
            .map(
              ([, { waiters }]) =>
                new Promise<void>((resolve) => waiters.add({ emptyReadsLeft: 2, resolve })),
            ),
        );
        assert(!signal.aborted, 'the stream trigger was stopped');
      } while (progress() > before);
    },
    async stop() {
      stopping.abort();
      await watching;
      await Promise.all([...readers.values()].map(({ done }) => done));
    },
  };
};
