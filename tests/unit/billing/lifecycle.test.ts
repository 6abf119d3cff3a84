import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTransitions, findWarnings, readLifecycle } from '../../../lib/billing/lifecycle.ts';
import { STATUSES } from '../../../lib/billing/statuses.ts';
import { at, cutoff, oneCpu, retraction, transition, twoCpus, twoGpus } from './builders.ts';

const NOON = '2026-10-05T12:00:00Z';
const ONE = '2026-10-05T13:00:00Z';
const TWO = '2026-10-05T14:00:00Z';

const statuses = (...facts: Parameters<typeof readLifecycle>[0]) =>
  readLifecycle(facts).transitions.map((fact) => fact.status);

describe('order', () => {
  test('follows time, whatever order the events arrived in', () => {
    expect(statuses(transition('DONE', TWO), transition('QUEUED', NOON), transition('RUNNING', ONE))).toEqual(
      ['QUEUED', 'RUNNING', 'DONE'],
    );
  });

  test('follows time before rank, to the millisecond', () => {
    expect(statuses(transition('QUEUED', at(NOON) + 1), transition('DONE', NOON))).toEqual([
      'DONE',
      'QUEUED',
    ]);
  });

  test('within one millisecond follows the rank of the statuses', () => {
    const sameMillisecond = [
      'DONE',
      'FINALIZING',
      'RUNNING',
      'PENDING',
      'INITIALIZING',
      'QUEUED',
      'RESTARTING',
    ] as const;
    expect(statuses(...sameMillisecond.map((status) => transition(status, NOON)))).toEqual(
      sameMillisecond.toReversed(),
    );
  });

  test('within one millisecond and rank follows source before id', () => {
    const facts = [
      transition('FAILED', NOON, { source: 'b', id: '1' }),
      transition('ERROR', NOON, { source: 'a', id: '2' }),
      transition('DONE', NOON, { source: 'a', id: '10' }),
    ];
    expect(statuses(...facts)).toEqual(['DONE', 'ERROR', 'FAILED']);
  });

  test('compares ids by code unit, not by a locale', () => {
    const facts = [transition('DONE', NOON, { id: 'a' }), transition('ERROR', NOON, { id: 'B' })];
    expect(statuses(...facts)).toEqual(['ERROR', 'DONE']);
  });

  test('is total: only the same event compares equal (I1)', () => {
    const event = fc
      .record({
        status: fc.constantFrom(...STATUSES),
        time: fc.nat(2),
        source: fc.constantFrom('a', 'b'),
        id: fc.constantFrom('1', '2', '3'),
      })
      .map(({ status, time, source, id }) => transition(status, time, { source, id }));
    fc.assert(
      fc.property(event, event, event, (a, b, c) => {
        expect(Math.sign(compareTransitions(a, b)) + Math.sign(compareTransitions(b, a))).toBe(0);
        if (compareTransitions(a, b) <= 0 && compareTransitions(b, c) <= 0)
          expect(compareTransitions(a, c)).toBeLessThanOrEqual(0);
        if (compareTransitions(a, b) === 0)
          expect([a.time, a.source, a.id]).toEqual([b.time, b.source, b.id]);
      }),
    );
  });

  test('leaves the given facts as they were', () => {
    const facts = Object.freeze([transition('DONE', TWO), transition('QUEUED', NOON)]);
    readLifecycle(facts);
    expect(facts.map((fact) => fact.status)).toEqual(['DONE', 'QUEUED']);
  });
});

describe('retractions', () => {
  const queued = transition('QUEUED', NOON);
  const mistaken = transition('DONE', ONE);

  test('remove their transition, whether they arrive after or before it', () => {
    const takenBack = retraction(mistaken, TWO);
    expect(statuses(queued, mistaken, takenBack)).toEqual(['QUEUED']);
    expect(statuses(takenBack, mistaken, queued)).toEqual(['QUEUED']);
    expect(readLifecycle([queued, mistaken, takenBack]).retracted).toEqual([mistaken]);
  });

  test('dated before their transition remove it all the same', () => {
    expect(statuses(queued, mistaken, retraction(mistaken, '2026-10-01T00:00:00Z'))).toEqual(['QUEUED']);
  });

  test('leave the event of another source with the same id alone', () => {
    const elsewhere = retraction({ source: 'https://bhs.training.example', id: mistaken.id }, TWO);
    expect(statuses(queued, mistaken, elsewhere)).toEqual(['QUEUED', 'DONE']);
  });

  test('do not confuse where a source ends and an id begins', () => {
    const spaced = transition('DONE', ONE, { source: 'a b', id: 'c' });
    expect(statuses(queued, spaced, retraction({ source: 'a', id: 'b c' }, TWO))).toEqual(['QUEUED', 'DONE']);
  });

  test('remove the status, the project and the resources of their transition', () => {
    const wrong = transition('QUEUED', NOON, { projectId: 'proj-wrong', resources: twoGpus });
    const right = transition('RUNNING', ONE, { resources: twoCpus });
    const stopped = transition('DONE', TWO);
    const job = readLifecycle([wrong, right, stopped, retraction(wrong, TWO), retraction(stopped, TWO)]);
    expect(job).toMatchObject({ projectId: 'proj-1', resources: twoCpus, status: 'RUNNING' });
  });

  test('of every transition leave a job without project, resources or status', () => {
    const job = readLifecycle([queued, retraction(queued, ONE)]);
    expect(job).toStrictEqual({ transitions: [], retracted: [queued] });
  });
});

describe('project and resources', () => {
  test('are those of the earliest transition that states them, not of the first to arrive', () => {
    const job = readLifecycle([
      transition('RUNNING', TWO, { projectId: 'proj-2', resources: twoGpus }),
      transition('PENDING', ONE, { resources: twoCpus }),
      transition('QUEUED', NOON),
      cutoff('2026-11'),
    ]);
    expect(job).toMatchObject({ projectId: 'proj-1', resources: twoCpus, status: 'RUNNING' });
  });
});

describe('warnings', () => {
  const warnings = (...facts: Parameters<typeof readLifecycle>[0]) =>
    findWarnings(facts, readLifecycle(facts));

  test('are absent on a clean run, cutoffs included', () => {
    const trace = ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'] as const;
    const facts = trace.map((status, hour) =>
      transition(status, `2026-10-05T1${hour}:00:00Z`, { resources: twoCpus }),
    );
    expect(warnings(...facts, cutoff('2026-11'))).toEqual([]);
  });

  test('flag a missing QUEUED', () => {
    expect(warnings(transition('RUNNING', NOON))).toEqual([
      expect.stringContaining('QUEUED was not reported'),
    ]);
  });

  test('flag RUNNING after DONE with its time', () => {
    const facts = [transition('QUEUED', NOON), transition('DONE', ONE), transition('RUNNING', TWO)];
    expect(warnings(...facts)).toContainEqual(
      'unexpected step from DONE to RUNNING at 2026-10-05T14:00:00.000Z',
    );
  });

  test('flag another project', () => {
    const facts = [transition('QUEUED', NOON), transition('INITIALIZING', ONE, { projectId: 'proj-2' })];
    expect(warnings(...facts)).toEqual([expect.stringContaining('proj-2')]);
  });

  test.each([
    ['flavor', { ...oneCpu, flavor: 'ai1-2-cpu' }],
    ['cpu', { ...oneCpu, cpu: 3 }],
    ['gpu', { ...oneCpu, gpu: 1 }],
  ])('flag another %s', (_, resources) => {
    const queued = transition('QUEUED', NOON, { resources: oneCpu });
    expect(warnings(queued, transition('INITIALIZING', ONE, { resources }))).toEqual([
      'INITIALIZING at 2026-10-05T13:00:00.000Z states other resources; those stated first are billed',
    ]);
    expect(warnings(queued, transition('INITIALIZING', ONE, { resources: { ...oneCpu } }))).toEqual([]);
    // A transition without resources does not disagree.
    expect(warnings(queued, transition('INITIALIZING', ONE))).toEqual([]);
  });

  test('go away when the event behind them is retracted', () => {
    const mistaken = transition('DONE', ONE, { projectId: 'proj-2' });
    expect(warnings(transition('QUEUED', NOON), mistaken, retraction(mistaken, TWO))).toEqual([]);
  });

  test('flag a retraction of an event until the event is reported', () => {
    const queued = transition('QUEUED', NOON);
    const mistaken = transition('RUNNING', ONE);
    const [warning, ...others] = warnings(queued, retraction(mistaken, TWO));
    expect(warning).toContain(`names event ${mistaken.id} of ${mistaken.source}, which was not reported`);
    expect(others).toEqual([]);
    expect(warnings(queued, mistaken, retraction(mistaken, TWO))).toEqual([]);
  });
});
