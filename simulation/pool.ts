import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Run } from './world.ts';

/** Seeds assigned to a worker. */
export interface Slice {
  readonly seed: number;
  readonly runs: number;
}

export interface SliceDone {
  readonly runs: number;
  readonly counts: Run['counts'];
  /** Seed of a failed run. */
  readonly failed?: number;
}

export interface Total {
  readonly runs: number;
  readonly right: number;
  /** All runs of the seeds before are in it, and maybe some of later ones. */
  readonly nextSeed: number;
  readonly counts: Run['counts'];
  readonly failed?: number;
}

export const NO_COUNTS: Run['counts'] = {
  calls: 0,
  crashes: 0,
  failures: 0,
  closes: 0,
  audits: 0,
  statements: 0,
  corrections: 0,
};

export const addCounts = (a: Run['counts'], b: Run['counts']): Run['counts'] => ({
  calls: a.calls + b.calls,
  crashes: a.crashes + b.crashes,
  failures: a.failures + b.failures,
  closes: a.closes + b.closes,
  audits: a.audits + b.audits,
  statements: a.statements + b.statements,
  corrections: a.corrections + b.corrections,
});

const SLICE = 50;

/** Runs the scenarios of `runs` seeds from `seed` on, on all cores, until one fails. */
export const playMany = async (
  { seed, runs }: Slice,
  onProgress: (total: Total) => void = () => {},
): Promise<Total> => {
  let next = 0;
  const underWay = new Set<number>();
  let total: Total = { runs: 0, right: 0, nextSeed: seed, counts: NO_COUNTS };

  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      let played: Slice | undefined;
      const handOut = () => {
        if (next >= runs || total.failed !== undefined) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const slice: Slice = { seed: seed + next, runs: Math.min(SLICE, runs - next) };
        next += slice.runs;
        underWay.add(slice.seed);
        played = slice;
        worker.postMessage(slice);
      };
      worker.on('error', reject);
      worker.on('message', (done: SliceDone) => {
        if (played) underWay.delete(played.seed);
        total = {
          ...total,
          ...done,
          runs: total.runs + done.runs,
          right: total.right + done.runs - Number(done.failed !== undefined),
          nextSeed: Math.min(seed + next, ...underWay),
          counts: addCounts(total.counts, done.counts),
        };
        onProgress(total);
        handOut();
      });
      handOut();
    });

  await Promise.all(Array.from({ length: Math.min(availableParallelism(), Math.ceil(runs / SLICE)) }, work));
  return total;
};
