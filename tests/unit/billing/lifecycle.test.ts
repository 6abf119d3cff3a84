import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resources, Transition } from '../../../lib/billing/facts.ts';
import { findWarnings, readLifecycle } from '../../../lib/billing/lifecycle.ts';
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

  test('one millisecond comes before a rank', () => {
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

  test('is total: an event has one place, whatever order the events arrived in (I1)', () => {
    const event = fc
      .record({
        status: fc.constantFrom(...STATUSES),
        time: fc.nat(2),
        source: fc.constantFrom('a', 'b'),
        id: fc.constantFrom('1', '2', '3'),
      })
      .map(({ status, time, source, id }) => transition(status, time, { source, id }));
    const identity = ({ source, id }: Transition) => `${source} ${id}`;
    const logs = fc
      .uniqueArray(event, { maxLength: 6, selector: identity })
      .chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length })));
    fc.assert(
      fc.property(logs, ([log, shuffled]) => {
        const { transitions } = readLifecycle(log);
        expect(readLifecycle(shuffled).transitions).toEqual(transitions);
        expect(new Set(transitions)).toEqual(new Set(log));
        for (const [index, { time }] of transitions.entries())
          expect(transitions[index + 1]?.time ?? time).toBeGreaterThanOrEqual(time);
      }),
    );
  });

  test('has an event once, however often it is read', () => {
    // Two of RUNNING would come around RESTARTING.
    const facts = [transition('PENDING', NOON), transition('RUNNING', ONE), transition('RESTARTING', ONE)];
    expect(statuses(...facts, ...facts)).toEqual(['PENDING', 'RESTARTING', 'RUNNING']);
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

  test('take their transition out, whether they arrive after or before it', () => {
    const takenBack = retraction(mistaken, TWO);
    expect(statuses(queued, mistaken, takenBack)).toEqual(['QUEUED']);
    expect(statuses(takenBack, mistaken, queued)).toEqual(['QUEUED']);
    expect(readLifecycle([queued, mistaken, takenBack]).retracted).toEqual([mistaken]);
  });

  test('dated before their transition take it out all the same', () => {
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

  test('take the status, the resources, the labels and the timeout of their transition with them', () => {
    const wrong = transition('QUEUED', NOON, { labels: { team: 'audio' }, timeoutMs: 1 });
    const right = transition('RUNNING', ONE, { resources: twoCpus, labels: { team: 'vision' } });
    const stopped = transition('DONE', TWO, { resources: twoGpus, timeoutMs: 2 });
    const job = readLifecycle([wrong, right, stopped, retraction(wrong, TWO), retraction(stopped, TWO)]);
    expect(job).toMatchObject({ resources: twoCpus, labels: { team: 'vision' }, status: 'RUNNING' });
    expect(job.statedResources.map(({ statedBy }) => statedBy)).toEqual([right]);
    expect(job).not.toHaveProperty('timeoutMs');
  });

  test('of every transition leave a job without resources or status', () => {
    const job = readLifecycle([queued, retraction(queued, ONE)]);
    expect(job).toStrictEqual({ transitions: [], retracted: [queued], statedResources: [] });
  });
});

describe('what a job states', () => {
  const stated = readLifecycle([
    transition('RUNNING', TWO, { resources: twoGpus, labels: { team: 'audio' }, timeoutMs: 2 }),
    transition('PENDING', ONE, { resources: twoCpus, labels: { team: 'vision' }, timeoutMs: 1 }),
    transition('QUEUED', NOON),
    cutoff('2026-11'),
  ]);

  test('its resources are those stated last, by time and not by arrival; each statement is kept', () => {
    expect(stated).toMatchObject({ resources: twoGpus, status: 'RUNNING' });
    expect(
      stated.statedResources.map(({ from, statedBy, resources }) => [from, statedBy.status, resources]),
    ).toEqual([
      [at(ONE), 'PENDING', twoCpus],
      [at(TWO), 'RUNNING', twoGpus],
    ]);
  });

  test('its labels are those stated first', () => {
    expect(stated.labels).toEqual({ team: 'vision' });
  });

  test('its timeout is the one stated last', () => {
    expect(stated.timeoutMs).toBe(2);
  });

  test('nothing is there as undefined where nothing is stated', () => {
    expect(Object.keys(readLifecycle([transition('QUEUED', NOON)])).sort()).toEqual(
      ['lastHeard', 'retracted', 'statedResources', 'status', 'transitions'].sort(),
    );
  });
});

describe('the last sign of life', () => {
  const queued = transition('QUEUED', NOON);

  test('is the latest transition, whichever status it reports', () => {
    expect(readLifecycle([transition('RUNNING', TWO), queued]).lastHeard).toBe(at(TWO));
  });

  test('is a retraction too, and a cutoff is none', () => {
    const mistaken = transition('DONE', ONE);
    expect(readLifecycle([queued, mistaken, retraction(mistaken, TWO)]).lastHeard).toBe(at(TWO));
    expect(readLifecycle([queued, cutoff('2027-01')]).lastHeard).toBe(at(NOON));
  });
});

describe('warnings', () => {
  const warnings = (...facts: Parameters<typeof readLifecycle>[0]) =>
    findWarnings(facts, readLifecycle(facts));

  test('are absent on a clean run, cuts included', () => {
    const trace = ['QUEUED', 'INITIALIZING', 'PENDING', 'RUNNING', 'FINALIZING', 'DONE'] as const;
    const facts = trace.map((status, hour) =>
      transition(status, `2026-10-05T1${hour}:00:00Z`, { resources: twoCpus }),
    );
    expect(warnings(...facts, cutoff('2026-11'))).toEqual([]);
  });

  test('do not flag what a reporter skips: QUEUED, or all but RUNNING and DONE', () => {
    expect(warnings(transition('RUNNING', NOON), transition('DONE', ONE))).toEqual([]);
  });

  test('do not flag a status that is reported again', () => {
    const again = [transition('RUNNING', NOON), transition('RUNNING', ONE), transition('DONE', TWO)];
    expect(warnings(...again)).toEqual([]);
  });

  test('flag RUNNING after DONE with its time', () => {
    const facts = [transition('QUEUED', NOON), transition('DONE', ONE), transition('RUNNING', TWO)];
    expect(warnings(...facts)).toContainEqual(
      'unexpected step from DONE to RUNNING at 2026-10-05T14:00:00.000Z',
    );
  });

  test('flag DONE without RUNNING: its usage was not reported', () => {
    const unreported = (time: string) => `DONE at ${time} without RUNNING: nothing is billed for this run`;
    expect(warnings(transition('QUEUED', NOON), transition('DONE', ONE))).toEqual([
      unreported('2026-10-05T13:00:00.000Z'),
    ]);
    expect(warnings(transition('DONE', NOON))).toEqual([unreported('2026-10-05T12:00:00.000Z')]);
    // RUNNING of an earlier run does not count.
    const restarted = [transition('RUNNING', NOON), transition('RESTARTING', ONE), transition('DONE', TWO)];
    expect(warnings(...restarted)).toEqual([unreported('2026-10-05T14:00:00.000Z')]);
    // DONE after another end ends no run.
    expect(warnings(transition('FAILED', NOON), transition('DONE', ONE))).toEqual([
      'unexpected step from FAILED to DONE at 2026-10-05T13:00:00.000Z',
    ]);
  });

  test('say of DONE whose RUNNING was taken back that it was, and of no other run', () => {
    const running = transition('RUNNING', NOON);
    const takenBack = [running, transition('DONE', ONE), retraction(running, TWO)];
    expect(warnings(...takenBack)).toEqual([
      'DONE at 2026-10-05T13:00:00.000Z after its RUNNING was taken back: nothing is billed for this run',
    ]);
    const again = [transition('QUEUED', TWO), transition('DONE', '2026-10-05T14:00:01Z')];
    expect(warnings(...takenBack, ...again).at(-1)).toBe(
      'DONE at 2026-10-05T14:00:01.000Z without RUNNING: nothing is billed for this run',
    );
  });

  test('do not flag other ends without RUNNING: such a job did not run', () => {
    expect(warnings(transition('QUEUED', NOON), transition('FAILED', ONE))).toEqual([]);
  });

  test('flag other labels, and neither the same ones in another order nor none', () => {
    const labels = { team: 'vision', user: 'ana' };
    const queued = transition('QUEUED', NOON, { labels });
    const then = (other: Partial<Transition>) => warnings(queued, transition('INITIALIZING', ONE, other));
    const flagged = [
      'INITIALIZING at 2026-10-05T13:00:00.000Z states other labels; those stated first are kept',
    ];
    expect(then({ labels: { team: 'audio', user: 'ana' } })).toEqual(flagged);
    expect(then({ labels: { team: 'vision' } })).toEqual(flagged);
    expect(then({ labels: { ...labels, more: 'x' } })).toEqual(flagged);
    expect(then({ labels: { user: 'ana', team: 'vision' } })).toEqual([]);
    expect(then({})).toEqual([]);
  });

  test.each<[string, Resources]>([
    ['flavor', { ...oneCpu, flavor: 'ai1-2-cpu' }],
    ['cpu', { ...oneCpu, milliUnits: { cpu: 3_000 } }],
    ['gpu', { ...oneCpu, milliUnits: { ...oneCpu.milliUnits, gpu: 1_000 } }],
  ])('do not flag another %s: it holds from then on', (_, resources) => {
    const queued = transition('QUEUED', NOON, { resources: oneCpu });
    expect(warnings(queued, transition('INITIALIZING', ONE, { resources }))).toEqual([]);
  });

  test('go away when the event behind them is retracted', () => {
    const mistaken = transition('DONE', ONE);
    expect(warnings(transition('QUEUED', NOON), mistaken)).toHaveLength(1);
    expect(warnings(transition('QUEUED', NOON), mistaken, retraction(mistaken, TWO))).toEqual([]);
  });

  test('a retraction of an event that was not reported is flagged until it is', () => {
    const queued = transition('QUEUED', NOON);
    const mistaken = transition('RUNNING', ONE);
    const [warning, ...others] = warnings(queued, retraction(mistaken, TWO));
    expect(warning).toContain(`names event ${mistaken.id} of ${mistaken.source}, which was not reported`);
    expect(others).toEqual([]);
    expect(warnings(queued, mistaken, retraction(mistaken, TWO))).toEqual([]);
  });
});
