import pLimit from 'p-limit';
import type { ScannedPartition } from '../store/facts.ts';
import type { Store } from '../store/store.ts';
import type { SegmentProgress } from '../store/table.ts';

/** Parts of the table that are scanned side by side. */
const SEGMENTS = 8;
/** Partitions of a segment that are read before they are visited, and after which progress is kept. */
const PARTITIONS_AT_ONCE = 50;
/** Partitions visited at once. */
const CONCURRENCY = 8;

/** The whole table, nothing of it visited. */
export const allSegments = (): SegmentProgress[] => Array.from({ length: SEGMENTS }, () => ({ done: false }));

export const isWalked = (segments: readonly SegmentProgress[]): boolean => segments.every(({ done }) => done);

export interface Walk {
  visit(scanned: ScannedPartition): unknown;
  /** Whether no further partition may be visited; what is left can be walked later. */
  isOver?(): boolean;
  /** Called after each round with how far the walk has come: all partitions up to there were visited. */
  onRound?(segments: readonly SegmentProgress[]): unknown;
}

/** Visits what is left of the table, each partition at least once, several at a time. Stops at the first visit or round that fails. */
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
    // Visits begin in the order of partitions, so those that have begun before the end are the first ones.
    let last: ScannedPartition | undefined;
    await limit.map(partitions, async (encounter) => {
      if (isOver()) return;
      last = encounter;
      await visit(encounter);
    });
    if (next.done && last === partitions.at(-1)) segments[index] = { done: true };
    else if (last) segments[index] = { done: false, after: last.at };
  };

  while (!isWalked(segments) && !isOver()) {
    await Promise.all(segments.map((_, index) => walkSegment(index)));
    await onRound([...segments]);
  }
};

/** Visits every job and every usage month of the table, each at least once, several at a time. */
export const forEachPartition = (store: Store, visit: Walk['visit']): Promise<void> =>
  walkTable(store, allSegments(), { visit });
