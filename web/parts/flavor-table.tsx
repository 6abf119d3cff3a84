import type { Line } from '../../lib/shapes/line.ts';
import { sumOf } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { NumberHead } from './number-head.tsx';
import { seriesOf } from './series.ts';
import { count, Money, unitName } from './text.tsx';

type LineKey = Pick<Line, 'flavor' | 'unit' | 'pricePerHour'>;
const keyOf = ({ flavor, unit, pricePerHour }: LineKey) => `${flavor} ${unit} ${pricePerHour}`;

interface Row extends LineKey {
  readonly minutes: number;
  readonly unitMinutes: number;
  readonly amount: string;
  /** What the month's statement asked for this line. */
  readonly billed: string;
}

/** The usage as it is known now beside what the statement asked, also for what is not there any more. */
const rowsOf = (usage: readonly Line[], billed: readonly Line[], currency: string): Row[] => {
  const zero = sumOf([], currency);
  const known = new Set(usage.map(keyOf));
  const gone = billed.filter((line) => !known.has(keyOf(line)));
  return [
    ...usage.map((line) => ({
      ...line,
      billed: billed.find((other) => keyOf(other) === keyOf(line))?.amount ?? zero,
    })),
    ...gone.map((line) => ({ ...line, minutes: 0, unitMinutes: 0, amount: zero, billed: line.amount })),
  ];
};

const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
const difference = ({ amount, billed }: Row, currency: string): string =>
  sumOf([amount, negated(billed)], currency);

const Correction = ({ row, currency }: { readonly row: Row; readonly currency: string }) => {
  const correction = difference(row, currency);
  return (
    <span class={Number(correction) === 0 ? 'muted' : ''}>
      {Number(correction) === 0 ? '–' : grouped(correction)}
    </span>
  );
};

/**
 * What was used, by flavor and price. For a month with a statement also what that asked, and what has been corrected since or will be by a
 * later one.
 */
export const FlavorTable = ({
  lines,
  flavors,
  billed,
  currency,
}: {
  readonly lines: readonly Line[];
  readonly flavors: readonly string[];
  /** Lines of the month's own statement for the month's own usage, once there is one. */
  readonly billed: readonly Line[] | undefined;
  readonly currency: string;
}) => {
  const rows = rowsOf(lines, billed ?? [], currency);
  if (rows.length === 0) return <p class="empty">Nothing was used in this month.</p>;
  return (
    <table class="stacking">
      <caption class="visually-hidden">Usage by flavor and price</caption>
      <thead>
        <tr>
          <th scope="col">Flavor</th>
          <NumberHead>Minutes</NumberHead>
          <NumberHead>× units</NumberHead>
          <NumberHead>Price per hour</NumberHead>
          {billed && (
            <>
              <NumberHead>On the statement</NumberHead>
              <NumberHead>Corrections</NumberHead>
            </>
          )}
          <NumberHead>Amount</NumberHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            <th scope="row">
              <span class={`swatch series-${seriesOf(flavors, row.flavor)}`} aria-hidden="true" />
              {row.flavor}
            </th>
            <td class="number" data-label="Minutes">
              {count(row.minutes)}
            </td>
            <td class="number" data-label="× units">
              {count(row.unitMinutes)} <span class="muted">{unitName(row.unit)} min</span>
            </td>
            <td class="number" data-label="Price per hour">
              {row.pricePerHour}{' '}
              <span class="muted">
                {currency} per {unitName(row.unit)}
              </span>
            </td>
            {billed && (
              <>
                <td class="number" data-label="On the statement">
                  {grouped(row.billed)}
                </td>
                <td class="number" data-label="Corrections">
                  <Correction row={row} currency={currency} />
                </td>
              </>
            )}
            <td class="number strong" data-label="Amount">
              <Money amount={row.amount} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
