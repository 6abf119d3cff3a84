import pLimit from 'p-limit';
import { type Row, ratioAtLeast } from '../figures.ts';
import { createContenders, type Prepare } from '../ingest-contenders.ts';
import { elapsedMs, interleave, medians } from '../rounds.ts';

const CONCURRENCY = 16;

/** Events per second through the function that records them, over bare conditional writes. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const events = quick ? 200 : 3_000;
  const contenders = await createContenders();
  const eventsPerSecond = (prepare: Prepare) => async () => {
    const calls = prepare(events);
    const limit = pLimit(CONCURRENCY);
    const ms = await elapsedMs(() => Promise.all(calls.map((call) => limit(call))));
    return (events / ms) * 1_000;
  };
  const { handler, sdk } = medians(
    await interleave(
      rounds,
      {
        handler: eventsPerSecond(contenders.handler),
        sdk: eventsPerSecond(contenders.sdk),
      },
      onProgress,
    ),
  );
  return [
    {
      what: `ingest, ${CONCURRENCY} at once, over writes by AWS's client`,
      unit: 'events/s',
      measured: handler,
      floor: sdk,
      limit: ratioAtLeast(0.9),
    },
  ];
};
