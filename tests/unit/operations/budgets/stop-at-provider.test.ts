import { describe, expect, test } from 'vitest';
import type { Status } from '../../../../lib/billing/statuses.ts';
import { createProviderReceiver, isRunOver } from '../../../../lib/operations/budgets/stop-at-provider.ts';
import { ProviderError } from '../../../../lib/provider/ovh-api.ts';
import type { OutgoingEvent } from '../../../../lib/store/outgoing-events.ts';
import { createWorld, jobRef, status } from '../world.ts';

const stopOf = (source: string, projectId = 'proj-1'): OutgoingEvent => ({
  ...{ id: 'job.stop.requested/1', type: 'job.stop.requested', sequence: 1, time: 0, projectId },
  ...{ subject: 'job-1', topic: { kind: 'job', ...jobRef('job-1', projectId) } },
  data: { month: '2026-11', openedBy: { source, id: '1', time: '2026-11-10T12:00:00.000Z' } },
});

const PROJECTS = [
  { provider: 'cloud-1', projectId: 'proj-1' },
  { provider: 'cloud-2', projectId: 'proj-1' },
  { provider: 'cloud-3', projectId: 'proj-3' },
];

const receiverOf = (
  stopJob: (project: string, id: string) => Promise<'requested' | 'gone'>,
  month = '2026-11',
  isOver = async () => false,
) => createProviderReceiver({ stopJob }, PROJECTS, { now: () => 5, monthOf: () => month, isOver });

describe('the provider as a receiver of requested stops', () => {
  test('gets those of jobs of its API in projects that are polled, and nothing else', () => {
    const { gets } = receiverOf(async () => 'requested');
    expect(gets(stopOf('urn:ovh:ai-training'))).toBe(true);
    expect(gets(stopOf('https://gra.training.example'))).toBe(false);
    expect(gets(stopOf('urn:ovh:ai-training', 'proj-2'))).toBe(false);
    expect(gets({ ...stopOf('urn:ovh:ai-training'), type: 'job.held' })).toBe(false);
  });

  test('gets none of a month that has ended, whenever it is delivered', () => {
    const { gets } = receiverOf(async () => 'requested', '2026-12');
    expect(gets(stopOf('urn:ovh:ai-training'))).toBe(false);
  });

  test('is called in every project that the job may be in; one without the job is fine', async () => {
    const calls: string[] = [];
    const { send } = receiverOf(async (project, id) => {
      calls.push(`${project} ${id}`);
      return 'gone';
    });
    expect(await send(stopOf('urn:ovh:ai-training'))).toEqual({ tookMs: 0 });
    expect(calls).toEqual(['cloud-1 job-1', 'cloud-2 job-1']);
  });

  test.each([
    ['cloud-1', 'cloud-2'],
    ['cloud-2', 'cloud-1'],
  ])(
    'that fails in %s is called in %s all the same, and stopping the job there is enough',
    async (...projects) => {
      const [failing, other] = projects;
      const answer: { inOther: 'requested' | 'gone' } = { inOther: 'requested' };
      const calls: string[] = [];
      const { send } = receiverOf(async (project) => {
        calls.push(project);
        if (project === failing) throw new ProviderError('refused', 'answered 403');
        return answer.inOther;
      });
      expect(await send(stopOf('urn:ovh:ai-training'))).toEqual({ tookMs: 0 });
      expect(calls).toContain(other);
      // It may run where the call failed.
      answer.inOther = 'gone';
      expect(await send(stopOf('urn:ovh:ai-training'))).toEqual({ error: 'answered 403', tookMs: 0 });
    },
  );

  test('that fails says why, to be tried again', async () => {
    const { send } = receiverOf(() => Promise.reject(new ProviderError('unavailable', 'answered 503')));
    expect(await send(stopOf('urn:ovh:ai-training'))).toEqual({ error: 'answered 503', tookMs: 0 });
  });

  test('is not called for a run that is over', async () => {
    const { send } = receiverOf(
      () => Promise.reject(new Error('it must not be called')),
      '2026-11',
      async () => true,
    );
    expect(await send(stopOf('urn:ovh:ai-training'))).toEqual({ tookMs: 0 });
  });
});

describe('a run that is requested to stop', () => {
  const isOverAfter = async (...later: readonly [Status, string][]) => {
    const world = await createWorld({ now: '2026-11-11T00:00:00Z' });
    await world.record(status('job-1', 'RUNNING', '2026-11-10T12:00:00Z'));
    for (const [entered, time] of later) await world.record(status('job-1', entered, time));
    return isRunOver(world.store, stopOf('urn:ovh:ai-training'));
  };

  test('goes on while it runs, interrupts or finalizes', async () => {
    expect(await isOverAfter()).toBe(false);
    expect(await isOverAfter(['RUNNING', '2026-11-10T13:00:00Z'])).toBe(false);
    expect(await isOverAfter(['INTERRUPTING', '2026-11-10T13:00:00Z'])).toBe(false);
  });

  test('is over once it has ended, or another one has begun', async () => {
    expect(await isOverAfter(['DONE', '2026-11-10T13:00:00Z'])).toBe(true);
    expect(
      await isOverAfter(['RESTARTING', '2026-11-10T13:00:00Z'], ['RUNNING', '2026-11-10T13:01:00Z']),
    ).toBe(true);
  });
});
