import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { toBilledCharge } from '../../../lib/billing/billed-charge.ts';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import type { Statement } from '../../../lib/billing/statement.ts';
import { billedRecordView } from '../../../lib/operations/public-shapes.ts';

/** What a statement has to say: its digest, and its total and lines as texts. */
export interface ExpectedStatement {
  readonly charges: number;
  readonly digest: string;
  readonly lines: readonly string[];
}

interface Sums {
  minutes: number;
  milliUnitMinutes: bigint;
}

const euros = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

/** Half up, of sixtieths of thousandths of cents. */
const centsOf = (milliUnitMinutes: bigint, pricePerHour: string): bigint => {
  assert(/^\d+\.\d\d$/.test(pricePerHour), 'the prices of the charges have two decimals');
  return (2n * milliUnitMinutes * BigInt(pricePerHour.replace('.', '')) + 60_000n) / 120_000n;
};

const lineText = (key: string, minutes: number, milliUnitMinutes: bigint | number, amount: string): string =>
  `${key}: ${minutes} minutes, ${milliUnitMinutes} thousandths, ${amount} EUR`;

const keyOf = ({ flavor, unit, usageMonth, pricePerHour }: Pick<FinalCharge, keyof FinalCharge>): string =>
  [usageMonth, flavor, unit, pricePerHour].join(' ');

/** Adds up charges in the order of their jobs, without the code of a close. */
export const createExpected = () => {
  const hash = createHash('sha256');
  const sums = new Map<string, Sums & { readonly pricePerHour: string }>();
  let charges = 0;
  return {
    add(charge: FinalCharge) {
      const { jobId, usageMonth, start, minutes, milliUnits = 0, pricePerHour = '' } = charge;
      const record = { statementId: '', jobId, usageMonth, start, billed: toBilledCharge(charge) };
      hash.update(`${canonicalize(billedRecordView(record))}\n`);
      const key = keyOf(charge);
      const sum = sums.get(key) ?? { minutes: 0, milliUnitMinutes: 0n, pricePerHour };
      sum.minutes += minutes;
      sum.milliUnitMinutes += BigInt(minutes) * BigInt(milliUnits);
      sums.set(key, sum);
      charges += 1;
    },

    result(): ExpectedStatement {
      let total = 0n;
      const lines = [...sums].map(([key, { minutes, milliUnitMinutes, pricePerHour }]) => {
        const cents = centsOf(milliUnitMinutes, pricePerHour);
        total += cents;
        return lineText(key, minutes, milliUnitMinutes, euros(cents));
      });
      const digest = `sha256:${hash.digest('hex')}`;
      return { charges, digest, lines: [...lines.sort(), `total ${euros(total)}`] };
    },
  };
};

/** What a statement says that it should not; nothing where it is as expected. */
export const wrongOf = (
  statement: Statement | undefined,
  expected: ExpectedStatement,
): string | undefined => {
  if (!statement) return 'it is missing';
  const lines = statement.lines.map((line) =>
    lineText(keyOf(line as never), line.minutes, line.milliUnitMinutes, line.amount),
  );
  const said = [...lines.sort(), `total ${statement.total}`];
  if (said.join('\n') !== expected.lines.join('\n'))
    return `it says ${said.join('; ')}, and the charges add up to ${expected.lines.join('; ')}`;
  return statement.digest === expected.digest ? undefined : `its digest is not that of its charges`;
};
