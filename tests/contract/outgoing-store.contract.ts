import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FinalCharge } from '../../lib/billing/charges.ts';
import type { Statement } from '../../lib/billing/statement.ts';
import type { LoggedAction } from '../../lib/store/action-log.ts';
import type { Budget, BudgetCheck } from '../../lib/store/budgets.ts';
import type { Endpoint, FailingDelivery } from '../../lib/store/endpoints.ts';
import type { OutgoingEvent, Topic } from '../../lib/store/outgoing-events.ts';
import { keptAs, type StatementDraft } from '../../lib/store/statement-drafts.ts';
import { createStore, type Store } from '../../lib/store/store.ts';
import type { Table } from '../../lib/store/table.ts';

const START = Date.parse('2026-10-01T08:00:00.123Z');
const EXPIRES_AT = 1_900_000_000;
const VERSIONS = { factsSeen: 1, tariffsSeen: 1 };

const topicOf = (jobId: string): Topic => ({ kind: 'job', projectId: 'proj-1', jobId });

const outgoing = (jobId: string, id: string, sequence = 1): OutgoingEvent => ({
  ...{ id, type: 'job.held', topic: topicOf(jobId), sequence, time: START, projectId: 'proj-1' },
  subject: jobId,
  data: { half: 0.5, nothing: [], amount: '1.93', nested: { small: 1 } },
});

const charge = (jobId: string): FinalCharge => ({
  ...{ kind: 'final', jobId, projectId: 'proj-1', usageMonth: '2026-10' },
  ...{ openedBy: { source: 'gra', id: 'e-1', time: START }, start: START, end: START },
  ...{ endedBy: { cause: 'limit' }, held: { from: START, cause: 'maxSilence' }, minutes: 0, amount: 0n },
});

const statement = (projectId: string, statementId: string): Statement => ({
  ...{ projectId, statementId, month: '2026-10', currency: 'EUR', timeZone: 'UTC', total: '0.00' },
  ...{
    issuedAt: START,
    lines: [],
    included: [],
    usageMonths: [],
    billedCounts: [],
    digest: `sha256:${'0'.repeat(64)}`,
  },
  ...{ unrated: { count: 0, charges: [] }, held: { count: 0, charges: [] } },
});

const action = (id: string, at = START): LoggedAction => ({
  ...{ id, at, by: { kind: 'token', id: 'ana' }, action: 'endpoint.added', target: 'é 東' },
});

/** What the store must do over every table with what goes out, and what people do. */
export const outgoingStoreContract = (name: string, createTable: () => Promise<Table>): void => {
  describe(`the store contract of what goes out: ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = createStore(await createTable());
    });
    const eventsOf = async (topic: Topic) => (await store.readTopic(topic)).events;
    const actionsOf = async (month: string) =>
      (await Array.fromAsync(store.loggedActions(month))).map(({ id }) => id);

    describe('events out', () => {
      test('are written once by their id, and come back as written, by sequence and id', async () => {
        const [third, first, second] = [
          outgoing('order', 'b', 2),
          outgoing('order', 'z'),
          outgoing('order', 'a', 2),
        ];
        for (const event of [third, first, second]) expect(await store.recordOutgoing(event)).toBe(true);
        expect(await store.recordOutgoing({ ...first, sequence: 9, data: {} })).toBe(false);
        expect(await eventsOf(topicOf('order'))).toEqual([first, second, third]);
        expect(await eventsOf({ ...topicOf('order'), projectId: 'proj-2' } as Topic)).toEqual([]);
      });

      test('are marked as delivered for one endpoint each', async () => {
        const event = outgoing('delivered', 'a');
        await store.recordOutgoing(event);
        await store.markDelivered('endpoint-1', event, START);
        await store.markDelivered('endpoint-1', event, START + 1);
        const { events, isDelivered } = await store.readTopic(event.topic);
        expect(events).toEqual([event]);
        expect(['endpoint-1', 'endpoint-2'].map((id) => isDelivered(id, 'a'))).toEqual([true, false]);
        expect(isDelivered('endpoint-1', 'b')).toBe(false);
      });

      test('are written with their charge, or neither is', async () => {
        const event = outgoing('job-1', 'held');
        expect(await store.writeCharges([charge('job-1')], VERSIONS, [event])).toBe(true);
        // The charge could be written again, but its event is there.
        expect(await store.writeCharges([{ ...charge('job-1'), minutes: 1 }], VERSIONS, [event])).toBe(false);
        const [stored] = await store.storedCharges('proj-1', '2026-10', 'job-1');
        expect(stored).toMatchObject({ minutes: 0 });
        const older = { ...VERSIONS, factsSeen: 0 };
        expect(await store.writeCharges([charge('job-1')], older, [outgoing('job-1', 'other')])).toBe(false);
        expect(await eventsOf(topicOf('job-1'))).toEqual([event]);
      });

      test('are committed with their statement, or neither is', async () => {
        const topic: Topic = { kind: 'statements', projectId: 'proj-1' };
        const event = (id: string): OutgoingEvent => ({
          ...{ id, type: 'statement.issued', topic, sequence: 1, time: START, projectId: 'proj-1' },
          ...{ subject: '2026-10', data: {} },
        });
        const read = await store.readStatementIndex('proj-1');
        const commit = (id: string) =>
          store.commitStatement(statement('proj-1', id), read, { events: [event(id)] });
        expect([await commit('one'), await commit('two')]).toEqual([true, false]);
        expect(await eventsOf(topic)).toEqual([event('one')]);
      });

      test('are written with the close of their month, which happens once', async () => {
        const closed = (sequence: number): OutgoingEvent => ({
          ...{ id: 'month.closed/2026-10', type: 'month.closed', topic: { kind: 'months' }, sequence },
          ...{ time: START, subject: '2026-10', data: {} },
        });
        await store.closeMonth('2026-10', 5, [closed(1)]);
        await store.closeMonth('2026-10', 6, [closed(2)]);
        expect(await eventsOf({ kind: 'months' })).toEqual([closed(1)]);
      });

      test('are no part of a walk through jobs and charges', async () => {
        await store.recordOutgoing(outgoing('only-out', 'a'));
        for await (const { partition } of store.scanPartitions())
          expect(JSON.stringify(partition)).not.toContain('only-out');
      });
    });

    describe('endpoints', () => {
      const endpoint: Endpoint = {
        ...{ endpointId: 'endpoint-1', url: 'https://consumer.example/hook', types: ['job.held'] },
        ...{ projectId: 'proj-1', createdAt: START, generation: 1, version: 1 },
      };

      test('are saved over what was read only, each time with an entry in the log', async () => {
        expect(await store.saveEndpoint(endpoint, undefined, action('added'))).toBe(true);
        expect(await store.saveEndpoint(endpoint, undefined, action('again'))).toBe(false);
        const rotated: Endpoint = { ...endpoint, generation: 2, previousUntil: START + 1, version: 2 };
        expect(await store.saveEndpoint(rotated, endpoint, action('rotated'))).toBe(true);
        expect(await store.saveEndpoint({ ...rotated, removed: true }, endpoint, action('late'))).toBe(false);
        expect(await store.readEndpoints()).toEqual([rotated]);
        expect((await actionsOf('2026-10')).sort()).toEqual(['added', 'rotated']);
      });

      test('have a failing delivery for each topic, saved and ended only as it was read', async () => {
        const first: FailingDelivery = {
          ...{ endpointId: 'endpoint-1', topic: topicOf('job-1'), since: START, attempts: 1 },
          ...{ nextAttemptAt: START + 5, eventId: 'held', type: 'job.held', error: 'it answers 500' },
          version: 1,
        };
        const other = { ...first, endpointId: 'endpoint-2' };
        expect(await store.saveFailing(first, undefined)).toBe(true);
        expect(await store.saveFailing(first, undefined)).toBe(false);
        expect(await store.saveFailing(other, undefined)).toBe(true);
        const second = { ...first, attempts: 2, parkedAt: START + 5, version: 2 };
        expect(await store.saveFailing(second, first)).toBe(true);
        expect(await store.readFailing('endpoint-1', topicOf('job-1'))).toEqual(second);
        expect(await store.readFailing('endpoint-1', topicOf('job-2'))).toBeUndefined();
        expect(await Array.fromAsync(store.failingDeliveries())).toEqual([second, other]);
        expect(await Array.fromAsync(store.failingDeliveries('endpoint-2'))).toEqual([other]);
        expect([await store.endFailing(first), await store.endFailing(second)]).toEqual([false, true]);
        expect(await Array.fromAsync(store.failingDeliveries())).toEqual([other]);
      });

      test('have their attempts, latest first', async () => {
        const attempt = (at: number, error?: string) => ({
          ...{ endpointId: 'endpoint-1', eventId: 'held', type: 'job.held' as const, subject: 'job-1' },
          ...{ at, tookMs: 3, ...(error === undefined ? { status: 200 } : { error }) },
        });
        const attempts = [attempt(START + 2), attempt(START + 1, 'it does not answer'), attempt(START, 'é')];
        for (const one of attempts.toReversed()) await store.recordAttempt(one, EXPIRES_AT);
        expect(await Array.fromAsync(store.deliveryAttempts('endpoint-1'))).toEqual(attempts);
        expect(await Array.fromAsync(store.deliveryAttempts('endpoint-2'))).toEqual([]);
      });
    });

    describe('budgets', () => {
      const budget: Budget = {
        ...{ projectId: 'proj-1', name: 'vision', minor: 2n ** 70n, label: { key: 'team', value: 'é' } },
        thresholds: [
          { at: { basisPoints: 8_050 }, on: 'spent', action: 'notify' },
          { at: { minor: 1n }, on: 'forecast', action: 'stop' },
        ],
        ...{ stops: 'until it fits', changedAt: START, version: 1 },
      };

      test('come back with their exact amounts, and are saved over what was read only', async () => {
        const [small, removed]: Budget[] = [
          { ...budget, name: 'a', minor: 1n },
          { ...budget, removed: true, version: 2 },
        ];
        if (!small || !removed) throw new Error('there are two');
        let check: BudgetCheck | undefined;
        /** Saves a budget over what was read, with the next check of its project. */
        const save = async (saved: Budget, read: Budget | undefined, id: string) => {
          const next = { projectId: 'proj-1', dueAt: START, version: (check?.version ?? 0) + 1 };
          const written = await store.saveBudget(saved, read, action(id), { next, read: check });
          check = written ? next : check;
          return written;
        };
        expect(await save(budget, undefined, 'set')).toBe(true);
        expect(await save(budget, undefined, 'set again')).toBe(false);
        const first = check;
        expect(await save(small, undefined, 'small')).toBe(true);
        check = first;
        expect(await save(removed, budget, 'the check was saved meanwhile')).toBe(false);
        check = await store.readBudgetCheck('proj-1');
        expect(await store.readBudget('proj-1', 'vision')).toEqual(budget);
        expect(await store.readBudgets('proj-1')).toEqual([small, budget]);
        expect(await save(removed, budget, 'removed')).toBe(true);
        expect(await save(budget, budget, 'late')).toBe(false);
        expect(await store.readBudgets('proj-1')).toEqual([small, removed]);
        expect(await store.readBudget('proj-2', 'vision')).toBeUndefined();
        expect(await actionsOf('2026-10')).not.toContain('late');
      });

      test('are checked by project, each check saved over the one that was read', async () => {
        const check = (projectId: string, version: number) => ({ projectId, dueAt: START, version });
        const [first, second] = [check('proj-5', 1), check('proj-5', 2)];
        expect(await store.saveBudgetCheck(first, undefined)).toBe(true);
        expect(await store.saveBudgetCheck(first, undefined)).toBe(false);
        expect(await store.saveBudgetCheck(check('proj-6', 1), undefined)).toBe(true);
        expect(await store.saveBudgetCheck(second, first)).toBe(true);
        expect(await store.saveBudgetCheck(second, first)).toBe(false);
        expect(await store.readBudgetCheck('proj-5')).toMatchObject(second);
        expect(await store.readBudgetCheck('proj-7')).toBeUndefined();
        const projects = (await Array.fromAsync(store.budgetChecks())).map(({ projectId }) => projectId);
        expect(projects.slice(-2)).toEqual(['proj-5', 'proj-6']);
      });
    });

    test('a draft is approved as it was read, and issued only if it has not changed', async () => {
      const draft: StatementDraft = {
        ...{ projectId: 'drafted', month: '2026-10', digest: 'sha256:0', currency: 'EUR', total: '0.00' },
        ...{ preparedAt: START, state: 'waits', content: '{}', version: 1 },
      };
      const approved: StatementDraft = {
        ...{ ...draft, state: 'approved', version: 2 },
        decision: { by: { kind: 'token', id: 'ana' }, at: START + 1 },
      };
      expect(await store.saveDraft(draft, undefined)).toBe(true);
      expect(await store.saveDraft(approved, draft, action('approved'))).toBe(true);
      expect(await store.saveDraft(draft, draft, action('decided late'))).toBe(false);
      expect(await store.readDraft('drafted', '2026-10')).toEqual(approved);
      expect(await Array.fromAsync(store.drafts('2026-10'))).toEqual([approved]);
      const read = await store.readStatementIndex('drafted');
      const issue = (as: StatementDraft) =>
        store.commitStatement(statement('drafted', 'one'), read, { draft: as });
      expect([await issue(draft), await issue(approved)]).toEqual([false, true]);
      expect(await store.readDraft('drafted', '2026-10')).toMatchObject({ version: 3 });
      expect(await actionsOf('2026-10')).toContain('approved');
      expect(await actionsOf('2026-10')).not.toContain('decided late');
    });

    test('a draft keeps content of any size, and two of them their own', async () => {
      const place = { projectId: 'large', month: '2026-10' };
      const texts = [1_000, 20_000, 20_001, 900_000].map((bytes) =>
        createHash('shake256', { outputLength: Math.floor(bytes / 2) })
          .update('content')
          .digest('hex')
          .padEnd(bytes),
      );
      for (const text of texts) {
        const kept = await store.keepDraftContent(place, text);
        const other = await store.keepDraftContent(place, texts[3] ?? '');
        expect(kept.content).toBe(keptAs(text));
        expect(await store.readDraftContent({ ...place, ...kept })).toBe(text);
        expect(await store.readDraftContent({ ...place, ...other })).toBe(texts[3]);
      }
    });

    test('the log of actions has each once, latest first, by month of UTC', async () => {
      const [first, last] = [action('first', Date.UTC(2027, 0, 1)), action('last', Date.UTC(2027, 0, 31))];
      await store.logAction(first);
      await store.logAction({ ...first, target: 'another' });
      await store.logAction(last);
      await store.logAction(action('before', Date.UTC(2027, 0, 1) - 1));
      expect(await Array.fromAsync(store.loggedActions('2027-01'))).toEqual([last, first]);
    });
  });
};
