import type { Line } from '../../lib/shapes/line.ts';
import { sumOf } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { difference } from '../month-changes.ts';
import { unitName } from '../units.ts';
import { Swatch } from './swatch.tsx';
import { MinutesCells, NumberCell, NumberHead } from './table-cells.tsx';
import { Money } from './text.tsx';

type LineKey = Pick<Line, 'flavor' | 'unit' | 'pricePerHour'>;
const keyOf = ({ flavor, unit, pricePerHour }: LineKey) => `${flavor} ${unit} ${pricePerHour}`;

interface Row extends LineKey {
  readonly minutes: number;
  readonly unitMinutes: number;
  readonly amount: string;
  /** What the month's statement billed for this line. */
  readonly billed: string;
}

/** Usage now beside what the statement billed, also for lines without usage now. */
const rowsOf = (usage: readonly Line[], billed: readonly Line[], currency: string): Row[] => {
  const zero = sumOf([], currency);
  const current = new Set(usage.map(keyOf));
  const withdrawn = billed.filter((line) => !current.has(keyOf(line)));
  return [
    ...usage.map((line) => ({
      ...line,
      billed: billed.find((other) => keyOf(other) === keyOf(line))?.amount ?? zero,
    })),
    ...withdrawn.map((line) => ({ ...line, minutes: 0, unitMinutes: 0, amount: zero, billed: line.amount })),
  ];
};

const Correction = ({ row, currency }: { readonly row: Row; readonly currency: string }) => {
  const correction = difference(row.amount, row.billed, currency);
  return (
    <span class={Number(correction) === 0 ? 'muted' : ''}>
      {Number(correction) === 0 ? '–' : grouped(correction)}
    </span>
  );
};

interface FlavorTableProps {
  readonly lines: readonly Line[];
  /** All flavors of the month, which choose the colors. */
  readonly flavors: readonly string[];
  /** Lines of the month's own statement for the month's own usage, once there is one. */
  readonly billed: readonly Line[] | undefined;
  readonly currency: string;
}

const FlavorRow = ({
  row,
  flavors,
  billed,
  currency,
}: Omit<FlavorTableProps, 'lines'> & { readonly row: Row }) => (
  <tr>
    <th scope="row">
      <Swatch flavor={row.flavor} flavors={flavors} />
      {row.flavor}
    </th>
    <MinutesCells line={row} />
    <NumberCell label="Price per hour">
      {row.pricePerHour}{' '}
      <span class="muted">
        {currency} per {unitName(row.unit)}
      </span>
    </NumberCell>
    {billed && (
      <>
        <NumberCell label="On its statement">{grouped(row.billed)}</NumberCell>
        <NumberCell label="Since then">
          <Correction row={row} currency={currency} />
        </NumberCell>
      </>
    )}
    <NumberCell label={billed ? 'In all' : 'Amount'} isStrong>
      <Money amount={row.amount} currency={currency} />
    </NumberCell>
  </tr>
);

/**
 * Usage by flavor and price. For a month with a statement also what it billed, and the difference
 * that later statements correct.
 */
export const FlavorTable = ({ lines, billed, ...props }: FlavorTableProps) => {
  const rows = rowsOf(lines, billed ?? [], props.currency);
  if (rows.length === 0) return <p class="empty">Nothing was used in this month.</p>;
  return (
    <table class="stacking">
      <caption class="visually-hidden">Usage by flavor and price</caption>
      <thead>
        <tr>
          <th scope="col">Flavor</th>
          <NumberHead>Minutes</NumberHead>
          <NumberHead>Unit minutes</NumberHead>
          <NumberHead>Price per hour</NumberHead>
          {billed && (
            <>
              <NumberHead>On its statement</NumberHead>
              <NumberHead>Since then</NumberHead>
            </>
          )}
          <NumberHead>{billed ? 'In all' : 'Amount'}</NumberHead>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <FlavorRow key={keyOf(row)} row={row} billed={billed} {...props} />
        ))}
      </tbody>
    </table>
  );
};
