import fc from 'fast-check';
import { test } from 'vitest';
import { pollProjects } from '../../../../lib/operations/poll/poll-projects.ts';
import { recordReported } from '../../../../lib/operations/record-reported.ts';
import { ProviderError } from '../../../../lib/provider/ovh-api.ts';
import { createOvhTranslator } from '../../../../lib/sources/ovh.ts';
import { itemsOn } from '../../../../simulation/items-on.ts';
import { OPTIONS } from '../../sources/ovh-jobs.ts';
import { createWorld, type World } from '../world.ts';
import { createFakeOvh, jobOf, uuid } from './fake-ovh.ts';

const START = Date.parse('2026-10-05T00:00:00Z');
const MINUTE_MS = 60_000;
const MINUTES = 3 * 24 * 60;
const STATES = ['QUEUED', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'] as const;
const PROJECT = { provider: 'cloud-1', projectId: 'proj-1' };

const minute = fc.nat({ max: MINUTES });
/** When a job entered each of its states. */
const history = fc
  .uniqueArray(minute, { minLength: 1, maxLength: STATES.length })
  .map((minutes) => minutes.sort((a, b) => a - b));
/** A poll, with the calls that are left to it and the one that fails. */
const poll = fc.record({
  at: minute,
  calls: fc.integer({ min: 1, max: 6 }),
  failing: fc.option(fc.integer({ min: 1, max: 6 })),
});

const timeOf = (at: number) => new Date(START + at * MINUTE_MS).toISOString();

/** The job as the provider has it at a time; nothing before its first state. */
const jobAt = (minutes: readonly number[], n: number, now: number) => {
  const entered = minutes.flatMap((at, index) =>
    at <= now ? [[STATES[index] ?? '', timeOf(at)] as const] : [],
  );
  return entered.length > 0 ? [jobOf(uuid(n), entered)] : [];
};

/** Signs of life apart: nothing but a poll says them. */
const eventsOf = async ({ table }: World) =>
  (await itemsOn(table, 'EVENT#'))
    .filter(({ id }) => !/^RUNNING@[\d-]+T00:00:00.000Z$/.test(String(id)))
    .map(({ recordedAt: _, ...event }) => JSON.stringify(Object.entries(event).sort()))
    .sort()
    .join('\n');

test('any polls of a growing history record the events of one import of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(history, { minLength: 1, maxLength: 60 }),
      fc.array(poll, { maxLength: 12 }),
      async (histories, polls) => {
        const end = START + (MINUTES + 1) * MINUTE_MS;
        const polled = await createWorld({ now: timeOf(0) });
        const ovh = createFakeOvh();
        const pollAt = async (at: number, options: { calls?: number }, failing?: number | null) => {
          polled.clock.now = START + at * MINUTE_MS;
          ovh.put('cloud-1', ...histories.flatMap((minutes, n) => jobAt(minutes, n, at)));
          let calls = 0;
          ovh.beforeCall = () => {
            calls += 1;
            if (calls === failing) throw new ProviderError('unavailable', 'down');
          };
          return pollProjects(await polled.open(), ovh.api, [PROJECT], options);
        };
        for (const { at, calls, failing } of polls.sort((a, b) => a.at - b.at))
          await pollAt(at, { calls }, failing);
        await pollAt(MINUTES + 1, {});

        const imported = await createWorld({ now: new Date(end).toISOString() });
        const translator = createOvhTranslator(OPTIONS);
        for (const [n, minutes] of histories.entries())
          for (const job of jobAt(minutes, n, MINUTES))
            await recordReported(imported.store, translator.next(job, 1).events, end);
        if ((await eventsOf(polled)) !== (await eventsOf(imported)))
          throw new Error(`${await eventsOf(polled)}\nis not\n${await eventsOf(imported)}`);
      },
    ),
    { numRuns: 60 },
  );
});
