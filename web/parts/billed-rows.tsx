import type { ProjectReconciliation, ReconciledRow } from '../../lib/shapes/reconciliation.ts';
import { roundedAmount } from '../money.ts';
import { BehindRow } from './behind-row.tsx';
import { Apart, ComparedCells, ComparedHead } from './compared-cells.tsx';

interface RowProps {
  readonly row: ReconciledRow;
  readonly currency: string;
}

/** A row of the bill, and behind it the causes and jobs of its difference. */
const BilledRow = ({ row, currency }: RowProps) => {
  const { amount } = row.unexplained;
  return (
    <>
      <tr>
        <th scope="row">
          {row.region !== undefined && <>{row.region} </>}
          {row.flavor}
          {Number(roundedAmount(amount, currency)) !== 0 && (
            <span class="tag warning">
              <Apart amount={amount} currency={currency} /> not explained
            </span>
          )}
        </th>
        <ComparedCells of={row} difference={row.difference} currency={currency} absent="nothing" />
      </tr>
      {row.causes.length + row.jobCount + (row.hints?.length ?? 0) > 0 && (
        <BehindRow row={row} currency={currency} />
      )}
    </>
  );
};

/** The rows of the bill beside the charges here; those that differ open to causes and jobs. */
export const BilledRows = ({ report: { rows, currency } }: { readonly report: ProjectReconciliation }) =>
  rows.length === 0 ? (
    <p class="empty">The provider bills nothing for this month, and jobmeter counts nothing.</p>
  ) : (
    <table class="stacking billed-rows">
      <caption class="visually-hidden">The provider’s bill beside jobmeter, by region and flavor</caption>
      <ComparedHead of="Region and flavor" />
      <tbody>
        {rows.map((row) => (
          <BilledRow key={`${row.region} ${row.flavor}`} row={row} currency={currency} />
        ))}
      </tbody>
    </table>
  );
