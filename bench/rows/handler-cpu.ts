import { type Row, ratioAtMost } from '../figures.ts';
import { createContenders, type Prepare } from '../ingest-contenders.ts';
import { cpuMicroseconds, interleave, medians } from '../rounds.ts';

/** Processor time of the function that records events, over its bare write, sequentially. */
export const row: Row = async ({ rounds, quick, onProgress }) => {
  const events = quick ? 200 : 2_000;
  const contenders = await createContenders();
  const cpuPerEvent = (prepare: Prepare) => async () => {
    const calls = prepare(events);
    const microseconds = await cpuMicroseconds(async () => {
      for (const call of calls) await call();
    });
    return microseconds / events;
  };
  const { handler, sdk } = medians(
    await interleave(
      rounds,
      {
        handler: cpuPerEvent(contenders.handler),
        sdk: cpuPerEvent(contenders.sdk),
      },
      onProgress,
    ),
  );
  return [
    {
      what: "handler CPU per event, over a write by AWS's client",
      unit: 'µs',
      measured: handler,
      floor: sdk,
      limit: ratioAtMost(1.15),
    },
  ];
};
