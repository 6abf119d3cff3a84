import { expect, test } from 'vitest';
import type { OvhApi } from '../../lib/provider/ovh-api.ts';
import { simulateLostEvents } from '../../simulation/lost-events/report.ts';

const SMALL = {
  ...{ jobCount: 150, projectCount: 3, pollEvery: 360, pageSize: 2 },
  ...{ stops: 0.05, events: 0.01, apiFailures: 0.02 },
};

test('with polling lost events change no statement; without it nothing beyond maxSilence is billed', async () => {
  const seed = 7;
  const report = await simulateLostEvents({ ...SMALL, seed });
  const { truth, lostStops, withPolling, withoutPolling } = report;
  expect({ seed, ...withPolling }).toEqual({
    ...{ seed, total: truth.total, held: 0, missing: 0, differences: [] },
    ...{ wrongJobs: 0, minutesTooMany: 0, minutesTooFew: 0 },
  });
  expect({ seed, differences: withoutPolling.differences }).toEqual({ seed, differences: [] });
  // Otherwise nothing was to be repaired.
  expect(lostStops).toBeGreaterThan(3);
  expect(withoutPolling.held).toBeGreaterThan(0);
  expect(withoutPolling.missing).toBe(report.lostChanges);
});

const BROKEN: Readonly<Record<string, (api: OvhApi) => OvhApi>> = {
  'a list without its second page': (api) => ({
    ...api,
    jobs: (project, query) => api.jobs(project, { ...query, page: query.page > 1 ? query.page + 1 : 1 }),
    job: async () => undefined,
  }),
  'a provider without changes': (api) => ({ ...api, jobs: async () => [], job: async () => undefined }),
};

for (const [what, wrapApi] of Object.entries(BROKEN))
  test(`the simulation notices ${what}`, async () => {
    const { withPolling } = await simulateLostEvents(
      { ...SMALL, seed: 7, pageSize: 1, stops: 0.3 },
      { wrapApi },
    );
    expect(withPolling.differences).not.toEqual([]);
    expect(withPolling.missing).toBeGreaterThan(0);
  });
