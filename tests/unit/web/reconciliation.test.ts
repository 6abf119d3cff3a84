import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAUSES } from '../../../lib/shapes/reconciliation.ts';
import { stepsOf, unitMinutesText, verdictOf } from '../../../web/reconciliation.ts';

const side = (amount: string) => ({ unitMinutes: 0, amount });

/** A comparison with these differences, and in its only row or rows what is given of them. */
const compared = (difference: string, unexplained = '0.00', rows = [[difference, unexplained]]) => ({
  currency: 'EUR',
  total: {
    ...{ provider: side('0'), here: side('0'), causes: [] },
    ...{ difference: side(difference), unexplained: side(unexplained) },
  },
  rows: rows.map(([ofRow = '0', unexplainedOfRow = '0']) => ({
    ...{ projectId: 'proj-1', flavor: 'ai1-1-gpu', causes: [], jobs: [], jobCount: 0 },
    ...{ difference: side(ofRow), unexplained: side(unexplainedOfRow) },
  })),
});

describe('what a comparison comes to', () => {
  const BOTH_WAYS = [
    ['1.00', '0.20'],
    ['-1.00', '-0.20'],
  ];
  test('minutes that nothing explains are not explained, whatever they cost', () => {
    const [row] = compared('0.00').rows;
    if (!row) throw new Error('there is a row');
    const verdict = verdictOf({
      ...compared('0.00'),
      rows: [{ ...row, unexplained: { unitMinutes: -6, amount: '0.00' } }],
    });
    expect(verdict).toMatchObject({
      isExplained: false,
      inShort: 'the same amount, but minutes are unexplained',
    });
  });

  test.each([
    ['0.00', '0.00', undefined, 'The provider bills as much as jobmeter counts.', 'the same amount'],
    [
      ...['0.31', '0.00', undefined],
      'The provider bills 0.31 EUR more than jobmeter counts; all of it is explained.',
      '0.31 EUR apart, all explained',
    ],
    [
      ...['-1234.5', '0.00', undefined],
      'The provider bills 1\u202f234.50 EUR less than jobmeter counts; all of it is explained.',
      '1\u202f234.50 EUR apart, all explained',
    ],
    [
      ...['0.31', '0.05', undefined],
      'The provider bills 0.31 EUR more than jobmeter counts; 0.05 EUR is not explained.',
      '0.31 EUR apart, 0.05 EUR unexplained',
    ],
    [
      ...['-0.31', '-0.31', undefined],
      'The provider bills 0.31 EUR less than jobmeter counts, and nothing explains it.',
      '0.31 EUR apart, 0.31 EUR unexplained',
    ],
    [
      ...['0.31', '-0.31', undefined],
      'The provider bills 0.31 EUR more than jobmeter counts; 0.31 EUR is not explained.',
      '0.31 EUR apart, 0.31 EUR unexplained',
    ],
    [
      ...['0.00', '-0.20', undefined],
      'The provider bills as much as jobmeter counts; 0.20 EUR is not explained.',
      'the same amount, 0.20 EUR unexplained',
    ],
    [
      ...['0.00', '0.00', BOTH_WAYS],
      'The provider bills as much as jobmeter counts, but single amounts that nothing explains cancel out.',
      'the same amount, but single amounts are unexplained',
    ],
    [
      ...['0.00', '0.00', [['1.00'], ['-1.00']]],
      'The provider bills as much as jobmeter counts: differences cancel out, and all are explained.',
      'the same amount, all explained',
    ],
    // Less than half a cent is the rounding of exact amounts.
    ['0.004', '-0.0049', undefined, 'The provider bills as much as jobmeter counts.', 'the same amount'],
  ] as [string, string, string[][] | undefined, string, string][])(
    'of %s, not explained %s, rows %j',
    (difference, unexplained, rows, sentence, inShort) => {
      const report = compared(difference, unexplained, rows);
      const isExplained = !inShort.includes('unexplained');
      expect(verdictOf(report)).toEqual({ isExplained, sentence, inShort });
    },
  );
});

describe('the bars of a difference', () => {
  const Amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2));
  const Causes = fc.uniqueArray(fc.record({ cause: fc.constantFrom(...CAUSES), amount: Amount }), {
    selector: ({ cause }) => cause,
  });

  test('begin where the one before ends, as long as their amounts, and the sum leads back to zero', () => {
    fc.assert(
      fc.property(Causes, Amount, (causes, unexplained) => {
        const sum = [...causes.map(({ amount }) => amount), unexplained].reduce(
          (all, one) => all + Number(one),
          0,
        );
        const { steps, zero } = stepsOf({
          causes: causes.map(({ cause, amount }) => ({ cause, ...side(amount) })),
          unexplained: side(unexplained),
          difference: side(sum.toFixed(2)),
        });
        expect(steps.map(({ of }) => of).slice(-2)).toEqual(['unexplained', 'difference']);
        const [parts, [whole]] = [steps.slice(0, -1), steps.slice(-1)];
        let end = zero;
        for (const step of parts) {
          expect(step.start).toBeCloseTo(end, 6);
          expect(Math.sign(step.end - step.start)).toBe(Math.sign(Number(step.amount)));
          end = step.end;
        }
        expect([whole?.start, whole?.end]).toEqual([zero, end]);
        for (const { start, end: to } of steps)
          for (const place of [start, to]) expect(place >= 0 && place <= 100.000001).toBe(true);
        const sizes = steps.slice(0, -2).map(({ amount }) => Math.abs(Number(amount)));
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });
});

test.each([
  [1250, undefined, '1\u202f250 unit min'],
  [0.1 + 0.2, undefined, '0.3 unit min'],
  [10, 'signed', '+10 unit min'],
  [-10.5, 'signed', '\u221210.5 unit min'],
  [0, 'signed', '0 unit min'],
] as const)('%s minutes x units (%s) are %s', (minutes, sign, text) => {
  expect(unitMinutesText(minutes, sign)).toBe(text);
});
