import type { Line } from '../../lib/shapes/line.ts';
import type { Statement } from '../../lib/shapes/statement.ts';
import { monthName } from '../calendar.ts';
import { lineKey, MAX_SHOWN_LINES, partsOf } from '../statement-lines.ts';
import { unitName } from '../units.ts';
import { MinutesCells, NumberCell, NumberHead } from './table-cells.tsx';
import { Money } from './text.tsx';

/** What a statement bills, or a preview would. */
type Content = Pick<Statement, 'lines' | 'included' | 'currency' | 'total'>;

const HEADINGS = { usage: 'Usage', correction: 'Corrections of earlier months' } as const;

const LineRow = ({ line }: { readonly line: Line }) => (
  <tr>
    <th scope="row">{line.flavor}</th>
    <td data-label="Usage month">{monthName(line.usageMonth)}</td>
    <MinutesCells line={line} />
    <NumberCell label="Price per hour">
      {line.pricePerHour}{' '}
      <span class="muted">
        {line.currency} per {unitName(line.unit)}
      </span>
    </NumberCell>
    <NumberCell label="Amount" isStrong>
      <Money amount={line.amount} currency={line.currency} />
    </NumberCell>
  </tr>
);

const Lines = ({
  part: { kind, lines, sum },
  currency,
}: {
  readonly part: ReturnType<typeof partsOf>[number];
  readonly currency: string;
}) => (
  <tbody>
    <tr class="group">
      <th scope="rowgroup" colSpan={5}>
        {HEADINGS[kind]}
      </th>
      <td class="number muted">
        <Money amount={sum} currency={currency} />
      </td>
    </tr>
    {lines.slice(0, MAX_SHOWN_LINES).map((line) => (
      <LineRow key={lineKey(line)} line={line} />
    ))}
    {lines.length > MAX_SHOWN_LINES && (
      <tr>
        <td colSpan={6}>
          The first {MAX_SHOWN_LINES} of {lines.length} lines are shown. The sum is of all of them.
        </td>
      </tr>
    )}
  </tbody>
);

const Included = ({ statement: { included, currency } }: { readonly statement: Content }) => (
  <tbody>
    <tr class="group">
      <th scope="rowgroup" colSpan={6}>
        Included
      </th>
    </tr>
    {included.map(({ item, amount }) => (
      <tr key={item} class="included">
        <th scope="row" colSpan={5}>
          {item}
        </th>
        <td class="number">
          <Money amount={amount} currency={currency} />
        </td>
      </tr>
    ))}
  </tbody>
);

/** The lines of a statement by kind, what is included, and the total. */
export const StatementTable = ({ statement }: { readonly statement: Content }) => (
  <table class="stacking lines">
    <caption class="visually-hidden">Lines of the statement</caption>
    <thead>
      <tr>
        <th scope="col">Flavor</th>
        <th scope="col">Usage month</th>
        <NumberHead>Minutes</NumberHead>
        <NumberHead>Unit minutes</NumberHead>
        <NumberHead>Price per hour</NumberHead>
        <NumberHead>Amount</NumberHead>
      </tr>
    </thead>
    {partsOf(statement.lines, statement.currency)
      .filter(({ lines }) => lines.length > 0)
      .map((part) => (
        <Lines key={part.kind} part={part} currency={statement.currency} />
      ))}
    <Included statement={statement} />
    <tfoot>
      <tr>
        <th scope="row" colSpan={5}>
          Total
        </th>
        <td class="number" data-testid="statement-total">
          <Money amount={statement.total} currency={statement.currency} />
        </td>
      </tr>
    </tfoot>
  </table>
);
