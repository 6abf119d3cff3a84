import assert from 'node:assert/strict';
import type { Transition } from '../../lib/billing/facts.ts';
import { addMonths } from '../../lib/billing/months.ts';
import type { Line, Row } from '../figures.ts';
import { allWritesOf } from '../meter.ts';
import { createCounters } from '../peers/counters.ts';
import { createJobmeter } from '../peers/jobmeter.ts';
import { createMinuteItems } from '../peers/minute-items.ts';
import { openMeteredStage, type Peer } from '../peers/peer.ts';
import { createTableScan } from '../peers/table-scan.ts';
import { median } from '../rounds.ts';
import { createJobs, projectIdOf } from '../workload.ts';

const PROJECTS = 5;
const FIRST_MONTH = '2025-01';

/** Cost of a peer in one month. */
interface MonthTaken {
  /** From the first event to the end of the month. */
  readonly writeUnits: number;
  readonly endMs: number;
  readonly endReadUnits: number;
}

const playMonth = async (peer: Peer, events: readonly Transition[], month: string) => {
  for (const event of events) await peer.take(event);
  const taking = peer.meter.takeBill();
  const startedAt = performance.now();
  const sums = await peer.endMonth(month);
  const endMs = performance.now() - startedAt;
  const ending = peer.meter.takeBill();
  const taken: MonthTaken = {
    writeUnits: allWritesOf(taking) + allWritesOf(ending),
    endMs,
    endReadUnits: ending.reads,
  };
  return { sums: Object.fromEntries(sums), taken };
};

const openPeers = async (): Promise<readonly Peer[]> => {
  const projects = Array.from({ length: PROJECTS }, (_, project) => projectIdOf(project));
  return [
    await createJobmeter(await openMeteredStage('bench-jobmeter'), projects, FIRST_MONTH),
    createMinuteItems(await openMeteredStage('bench-minute-items'), projects),
    createCounters(await openMeteredStage('bench-counters'), projects),
    createTableScan(await openMeteredStage('bench-table-scan')),
  ];
};

/** Runs months of the same jobs on every peer, in turns; all must compute the same sums. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const jobs = quick ? 5 : 50;
  const peers = await openPeers();
  const taken = new Map<Peer, MonthTaken[]>(peers.map((peer) => [peer, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const month = addMonths(FIRST_MONTH, round);
    const events = createJobs({ jobs, projects: PROJECTS, month, seed: round }).flatMap(
      ({ transitions }) => transitions,
    );
    const results: unknown[] = [];
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      onProgress(`month ${round + 1} of ${rounds + 1}, ${peer.name}`);
      const played = await playMonth(peer, events, month);
      results.push(played.sums);
      if (round > 0) taken.get(peer)?.push(played.taken);
    }
    for (const result of results) assert.deepEqual(result, results[0], 'all bill the same');
  }

  return [...taken].flatMap(([{ name }, months]): Line[] => [
    {
      what: `${name}: all write units, per job`,
      unit: 'units',
      measured: median(months.map(({ writeUnits }) => writeUnits)) / jobs,
    },
    {
      what: `${name}: end of a month of ${jobs} jobs`,
      unit: 'ms',
      measured: median(months.map(({ endMs }) => endMs)),
      note: `${median(months.map(({ endReadUnits }) => endReadUnits))} read units, the months before kept`,
    },
  ]);
};
