import pLimit from 'p-limit';
import type { Fact, JobRef } from '../billing/facts.ts';
import type { ScannedPartition } from '../store/facts.ts';
import { jobPartition } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { SegmentProgress } from '../store/table.ts';

/** Segments of the table, scanned in parallel. */
const SEGMENTS = 8;
/** Partitions of a segment that are read and visited in one round. */
const PARTITIONS_AT_ONCE = 50;
/** Partitions visited at once. */
const CONCURRENCY = 8;

/** The progress of a walk that has not begun. */
export const allSegments = (): SegmentProgress[] => Array.from({ length: SEGMENTS }, () => ({ done: false }));

export const isWalked = (segments: readonly SegmentProgress[]): boolean => segments.every(({ done }) => done);

export interface Walk {
  visit(scanned: ScannedPartition): unknown;
  /** Whether to visit no further partition; the rest can be walked later. */
  isOver?(): boolean;
  /** Called after each round with the progress: all partitions up to it were visited. */
  onRound?(segments: readonly SegmentProgress[]): unknown;
}

/** Visits the rest of the table, each partition at least once. A visit that fails ends the walk. */
export const walkTable = async (
  store: Store,
  started: readonly SegmentProgress[],
  { visit, isOver = () => false, onRound = () => {} }: Walk,
): Promise<void> => {
  const limit = pLimit(CONCURRENCY);
  const segments = [...started];
  const scans = started.map(({ after }, index) =>
    store
      .scanPartitions({ segment: { index, of: started.length }, ...(after && { after }) })
      [Symbol.asyncIterator](),
  );

  const walkSegment = async (index: number) => {
    const scan = scans[index];
    if (!scan || segments[index]?.done) return;
    const partitions: ScannedPartition[] = [];
    let next = await scan.next();
    for (; !next.done; next = await scan.next())
      if (partitions.push(next.value) === PARTITIONS_AT_ONCE) break;
    // Visits begin in the order of partitions, so those that have begun are the first ones.
    let last: ScannedPartition | undefined;
    await limit.map(partitions, async (scanned) => {
      if (isOver()) return;
      last = scanned;
      await visit(scanned);
    });
    if (next.done && last === partitions.at(-1)) segments[index] = { done: true };
    else if (last) segments[index] = { done: false, after: last.at };
  };

  while (!isWalked(segments) && !isOver()) {
    await Promise.all(segments.map((_, index) => walkSegment(index)));
    await onRound([...segments]);
  }
};

/** Visits every job and every usage month of the table, each at least once. */
export const forEachPartition = (store: Store, visit: Walk['visit']): Promise<void> =>
  walkTable(store, allSegments(), { visit });

/** Visits every job of the table with its log, each once, and reports how many. */
export const forEachJob = async (
  store: Store,
  visit: (job: JobRef, facts: readonly Fact[]) => void,
  onVisited: (jobs: number) => void = () => {},
): Promise<void> => {
  const visited = new Set<string>();
  await forEachPartition(store, ({ partition, facts }) => {
    if (partition.kind !== 'job') return;
    const key = jobPartition(partition.job);
    if (visited.has(key)) return;
    visited.add(key);
    visit(partition.job, facts);
    onVisited(visited.size);
  });
};
