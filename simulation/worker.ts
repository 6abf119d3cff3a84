import { parentPort } from 'node:worker_threads';
import { addCounts, NO_COUNTS, type Slice, type SliceDone } from './pool.ts';
import { scenarioOf } from './shrink.ts';
import { play } from './world.ts';

parentPort?.on('message', async ({ seed, runs }: Slice) => {
  let counts = NO_COUNTS;
  for (let run = 0; run < runs; run += 1) {
    const played = await play(scenarioOf(seed + run));
    counts = addCounts(counts, played.counts);
    if (played.differences.length === 0) continue;
    parentPort?.postMessage({ runs: run + 1, counts, failed: seed + run } satisfies SliceDone);
    return;
  }
  parentPort?.postMessage({ runs, counts } satisfies SliceDone);
});
