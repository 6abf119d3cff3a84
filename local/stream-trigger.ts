import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Pauses between empty reads grow, up to what Lambda waits. */
const [FIRST_IDLE_MS, LONGEST_IDLE_MS] = [50, 250];
const LIST_SHARDS_MS = 1_000;

export interface StreamTriggerOptions {
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly settings: Omit<
    StreamSettings,
    'type' | 'arn' | 'startingPosition' | 'destinations' | 'batchWindow'
  >;
  /** How long records wait for a batch to be full, from the first of them on; 0 unless given. */
  readonly windowMs?: number;
  /** Calls the function; a rejection is a function error. */
  readonly invoke: (event: DynamoDBStreamEvent) => Promise<unknown>;
  readonly onLog: (line: string) => void;
  /** Pause after a number of consecutive failures. */
  readonly backoffMs?: (failures: number) => number;
  /** Monotonic milliseconds. */
  readonly elapsedMs?: () => number;
}

interface StreamTriggerStats {
  /** Records handled. */
  handled: number;
  /** Invocations that failed, wholly or in part. */
  failedInvocations: number;
  /** Records given up; when deployed they go to the failure destination. */
  givenUp: number;
}

export interface StreamTrigger {
  readonly stats: Readonly<StreamTriggerStats>;
  /** Resolves once all records written before the call are handled or given up. */
  idle(): Promise<void>;
  /** Stops reading. A batch in progress is finished, but not retried. */
  stop(): Promise<void>;
}

/**
 * A caller of `idle`: released after two empty reads of a shard, the second begun after the call.
 */
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
 * The event source mapping of the local stack, with the guarantees of Lambda: per shard in order,
 * at least once, parents before children, filtered, retried from the lowest failed record. Starts
 * at TRIM_HORIZON.
 */
export const startStreamTrigger = ({
  client,
  streamArn,
  settings,
  windowMs = 0,
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
  /** Aborted by `stop`, and by each call of `idle`, which puts a new one in its place. */
  let resting = new AbortController();

  /** Waits, at most until the trigger is stopped. */
  const pause = (ms: number, until = signal) => sleep(ms, undefined, { signal: until }).catch(() => {});

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
      // Age counts from the first attempt: time before the start of the stack does not count.
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
    let readUpTo: string | undefined;
    let waiting: DynamoDBRecord[] = [];
    let waitingSinceMs = 0;
    let iterator: string | undefined;
    let failures = 0;
    let idleMs = FIRST_IDLE_MS;
    while (!signal.aborted) {
      let records: DynamoDBRecord[];
      let next: string | undefined;
      try {
        iterator ??= await iteratorAfter(shardId, readUpTo);
        const page = await client.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: settings.batchSize - waiting.length }),
        );
        records = (page.Records ?? []).map((record) => toStreamRecord(record, streamArn));
        next = page.NextShardIterator;
        failures = 0;
      } catch (error) {
        // Iterators expire: after an error a new one starts after the last record read.
        iterator = undefined;
        failures += 1;
        if (failures === 2) onLog(`stream: reading fails, trying again: ${String(error)}`);
        await pause(backoffMs(failures));
        continue;
      }
      readUpTo = records.at(-1)?.dynamodb?.SequenceNumber ?? readUpTo;
      const wanted = records.filter(passes);
      if (waiting.length === 0 && wanted.length > 0) waitingSinceMs = elapsedMs();
      waiting.push(...wanted);
      const isFull = waiting.length >= settings.batchSize || next === undefined;
      if (waiting.length > 0 && (isFull || elapsedMs() - waitingSinceMs >= windowMs)) {
        await deliver(waiting);
        waiting = [];
      }
      if (signal.aborted) return;
      if (records.length === 0 && waiting.length === 0) countEmptyRead(waiters);
      if (next === undefined) {
        finished.add(shardId);
        return;
      }
      iterator = next;
      if (records.length > 0 || waiting.length > 0) idleMs = FIRST_IDLE_MS;
      const isIdle = waiters.size === 0 || waiting.length > 0;
      if (records.length > 0 || !isIdle) continue;
      await pause(idleMs, resting.signal);
      idleMs = Math.min(2 * idleMs, LONGEST_IDLE_MS);
    }
  };

  const startReader = (shardId: string) => {
    const waiters = new Set<Waiter>();
    const done = readShard(shardId, waiters).finally(() => {
      for (const waiter of waiters) waiter.resolve();
    });
    readers.set(shardId, { done, waiters });
    // Child shards may start now.
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
      // A parent that is not listed is trimmed and cannot be read.
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
        const allIdle = Promise.all(
          [...readers.entries()]
            .filter(([shardId]) => !finished.has(shardId))
            .map(
              ([, { waiters }]) =>
                new Promise<void>((resolve) => waiters.add({ emptyReadsLeft: 2, resolve })),
            ),
        );
        resting.abort();
        resting = new AbortController();
        await allIdle;
        assert(!signal.aborted, 'the stream trigger was stopped');
      } while (progress() > before);
    },
    async stop() {
      stopping.abort();
      resting.abort();
      await watching;
      await Promise.all([...readers.values()].map(({ done }) => done));
    },
  };
};
