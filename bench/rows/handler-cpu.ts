import { type Figure, type Row, ratioAtMost } from '../figures.ts';
import { createContenders, type Prepare } from '../ingest-contenders.ts';
import { cpuMicroseconds, interleave, medians } from '../rounds.ts';

/** Processor time of the function that records events, over that of the write it cannot do without; one event after the other. */
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
  const { handler, sdk, client } = medians(
    await interleave(
      rounds,
      {
        handler: cpuPerEvent(contenders.handler),
        sdk: cpuPerEvent(contenders.sdk),
        client: cpuPerEvent(contenders.client),
      },
      onProgress,
    ),
  );
  const over = (what: string, floor: number): Figure => ({
    what: `handler CPU per event, over ${what}`,
    unit: 'µs',
    measured: handler,
    floor,
  });
  return [
    { ...over("a write by AWS's client", sdk), limit: ratioAtMost(1.15) },
    over("a write by the functions' client", client),
  ];
};
