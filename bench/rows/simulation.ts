import { playMany } from '../../simulation/pool.ts';
import { explainFailure } from '../../simulation/shrink.ts';
import { atMost, type Row } from '../figures.ts';

const SCHEDULES = 100_000;

/** Random schedules whose charges or statements differ from the oracle. Stops at the first one. */
export const row: Row = async ({ quick, onProgress }) => {
  const schedules = quick ? 1_000 : SCHEDULES;
  const { failed, counts } = await playMany({ seed: 1, runs: schedules }, ({ runs }) =>
    onProgress(`${runs} of ${schedules} schedules`),
  );
  return [
    {
      what: `simulation, wrong schedules of ${schedules}`,
      unit: 'wrong',
      measured: failed === undefined ? 0 : 1,
      limit: atMost(0),
      note:
        failed === undefined
          ? `${counts.calls} table calls, ${counts.crashes} crashes, ${counts.closes} closes, ${counts.statements} statements`
          : await explainFailure(failed),
    },
  ];
};
