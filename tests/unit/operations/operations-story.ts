import { audit } from '../../../lib/operations/audit/audit.ts';
import { acquireShard } from '../../../lib/operations/close/shard-lease.ts';
import { beginPublication } from '../../../lib/operations/tariffs/publication.ts';
import type { LoggedAction } from '../../../lib/store/action-log.ts';
import type { StatementDraft } from '../../../lib/store/statement-drafts.ts';
import { pricesOf } from '../billing/builders.ts';
import { at, createWorld, jobRef, status, TARIFF, TWO_GPUS, type World } from './world.ts';

const LATER = 2_000_000_000;

export const draftOf = (projectId: string, more: Partial<StatementDraft> = {}): StatementDraft => ({
  ...{ projectId, month: '2026-11', digest: `sha256:${'5a'.repeat(32)}`, currency: 'EUR', total: '27.80' },
  ...{ preparedAt: at('2026-12-01T06:02:00Z'), state: 'waits', content: '{}', version: 1 },
  ...more,
});

const action = (more: Pick<LoggedAction, 'id' | 'at' | 'by' | 'action' | 'target'> & Partial<LoggedAction>) =>
  more;

export const ACTIONS: readonly LoggedAction[] = [
  action({
    ...{ id: 'log-1', at: at('2026-11-05T08:59:12Z'), action: 'import.begun' },
    ...{ by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' }, projectId: 'proj-1' },
    ...{ target: 'jobs.txt', detail: 'slurm, times of Europe/Paris' },
  }),
  action({
    ...{ id: 'log-2', at: at('2026-11-05T09:03:40Z'), action: 'import.ended' },
    ...{ by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' }, projectId: 'proj-1' },
    ...{ target: 'jobs.txt', detail: '1200 events recorded, 0 known already, 0 in conflict, 0 refused' },
  }),
  action({
    ...{ id: 'log-3', at: at('2026-11-20T16:20:00Z'), action: 'budget.changed' },
    ...{ by: { kind: 'token', id: 'bo@example.com' }, projectId: 'proj-1', target: 'vision' },
  }),
];

const deliver = async ({ store }: World) => {
  const endpoint = {
    ...{ endpointId: 'endpoint-1', url: 'https://hooks.example/t0ken?key=s3cret', generation: 1, version: 1 },
    ...{ types: ['statement.issued', 'job.held'] as const, createdAt: at('2026-10-12T10:00:00Z') },
  };
  const added = action({
    ...{ id: 'log-0', at: endpoint.createdAt, action: 'endpoint.added', target: 'endpoint-1' },
    by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' },
  });
  await store.saveEndpoint(endpoint, undefined, added);
  const sent = { endpointId: 'endpoint-1', type: 'job.held', subject: 'job-lost', tookMs: 40 } as const;
  const eventId = 'job.held/proj-1/job-lost/maxRunning/2026-11-29T00:00:00.000Z';
  await store.recordAttempt({ ...sent, eventId: 'old', at: at('2026-11-29T00:00:00Z') }, LATER);
  await store.recordAttempt({ ...sent, eventId, at: at('2026-12-01T07:10:00Z'), error: '503' }, LATER);
  await store.recordAttempt({ ...sent, eventId: 'new', at: at('2026-12-01T07:20:00Z'), status: 204 }, LATER);
  await store.saveFailing(
    {
      ...{
        endpointId: 'endpoint-1',
        topic: { kind: 'job', ...jobRef('job-lost') },
        eventId,
        type: 'job.held',
      },
      ...{ since: at('2026-11-29T00:00:05Z'), attempts: 18, nextAttemptAt: at('2026-12-01T09:10:00Z') },
      ...{ error: 'it answered 503', version: 18 },
    },
    undefined,
  );
};

const closeHalf = async (world: World) => {
  const { store } = world;
  const context = await world.open();
  const begun = { step: 'billing', count: 0, of: 0, statements: 0, failures: [] } as const;
  const none = { leaseUntil: 0, savedAt: 0, version: 0 };
  const lease = await acquireShard(context, '2026-11', undefined, { ...begun, ...none, shard: 2 });
  await lease?.release({ step: 'done', statements: 4 }, 0);
  const failed = { ...begun, ...none, shard: 7, statements: 1, savedAt: world.clock.now };
  const failures = [{ projectId: 'proj-2', error: 'Error: a charge of job-x is not sound' }];
  await store.saveShard('2026-11', { ...failed, failures }, LATER);
};

/**
 * A stage with one of everything that its operators see, at 07:30 of the first of December: October
 * is closed, November should have been.
 */
export const playOperations = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-29T09:00:00Z' });
  const { store } = world;
  await world.tell(
    status('job-1', 'RUNNING', '2026-10-29T09:00:00Z'),
    status('job-1', 'DONE', '2026-10-29T10:00:00Z'),
  );
  await world.closeAt('2026-11-01T06:00:00Z');
  world.setClock('2026-12-01T07:30:00Z');
  await world.tell(
    status('job-lost', 'RUNNING', '2026-11-01T00:00:00Z', { resources: TWO_GPUS }),
    status('job-h100', 'RUNNING', '2026-11-30T10:00:00Z', {
      resources: { flavor: 'ai2-h100', milliUnits: { gpu: 1_000 } },
    }),
    status('job-h100', 'DONE', '2026-11-30T11:30:00Z', { id: 'stop' }),
  );
  await audit(await world.open(), { heal: true });
  const dearer = { ...TARIFF, revision: 2, prices: pricesOf({ 'ai1-1-gpu': '2' }) };
  await store.publishTariff(dearer, { ...beginPublication(dearer, world.clock.now), jobsSettled: 3 });
  await store.parkJob({ ...jobRef('job-x', 'proj-2'), parkedAt: world.clock.now, error: 'Error: no facts' });
  await store.saveBudgetCheck(
    {
      ...{ projectId: 'proj-1', dueAt: at('2026-12-01T07:31:00Z'), checkedAt: at('2026-12-01T07:29:30Z') },
      figures: [
        {
          ...{ name: 'vision', month: '2026-12', minor: '10000', spentMinor: '8640' },
          nextCrossingAt: at('2026-12-01T11:02:00Z'),
        },
        { name: 'speech', month: '2026-12', minor: '10000', spentMinor: '100' },
      ],
      version: 1,
    },
    undefined,
  );
  await store.savePoll('c1d2', undefined, {
    ...{ projectId: 'proj-1', firstPolledAt: 0, polledAt: at('2026-12-01T07:29:02Z'), version: 1 },
    lastSuccess: at('2026-12-01T07:29:01Z'),
  });
  await deliver(world);
  await closeHalf(world);
  await store.saveDraft(draftOf('proj-1'), undefined);
  for (const logged of ACTIONS) await store.logAction(logged);
  return world;
};
