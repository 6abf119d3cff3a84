import type { ReconciledSide } from '../../lib/shapes/reconciliation.ts';
import { roundedAmount } from '../money.ts';
import { unitMinutesText } from '../reconciliation.ts';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Signed } from './text.tsx';

interface Amount {
  /** Exact. */
  readonly amount: string;
  readonly currency: string;
}

/** A difference, in the digits of the currency. */
export const Apart = ({ amount, currency }: Amount) => (
  <Signed amount={roundedAmount(amount, currency)} currency={currency} />
);

/** The head of a table that has both sides and their difference. */
export const ComparedHead = ({ of }: { readonly of: string }) => (
  <thead>
    <tr>
      <th scope="col">{of}</th>
      <NumberHead>Provider</NumberHead>
      <NumberHead>jobmeter</NumberHead>
      <NumberHead>Difference</NumberHead>
    </tr>
  </thead>
);

const SideCell = ({
  label,
  side,
  currency,
  absent,
}: {
  readonly label: string;
  readonly side: ReconciledSide | undefined;
  readonly currency: string;
  readonly absent: string;
}) => (
  <NumberCell label={label}>
    {side ? (
      <>
        <Money amount={roundedAmount(side.amount, currency)} currency={currency} />
        <div class="hint">{unitMinutesText(side.unitMinutes)}</div>
      </>
    ) : (
      <span class="muted">{absent}</span>
    )}
  </NumberCell>
);

/** Money and time of both sides, and their difference. */
export const ComparedCells = ({
  of: { provider, here },
  difference: { amount, unitMinutes },
  currency,
  absent,
}: {
  readonly of: {
    readonly provider?: ReconciledSide | undefined;
    readonly here?: ReconciledSide | undefined;
  };
  readonly difference: ReconciledSide;
  readonly currency: string;
  /** In place of a side that has none. */
  readonly absent: string;
}) => {
  const isSame = Number(roundedAmount(amount, currency)) === 0;
  return (
    <>
      <SideCell label="Provider" side={provider} currency={currency} absent={absent} />
      <SideCell label="jobmeter" side={here} currency={currency} absent={absent} />
      <NumberCell label="Difference" isStrong={!isSame}>
        <span class={isSame ? 'muted' : undefined}>
          <Apart amount={amount} currency={currency} />
        </span>
        {unitMinutes !== 0 && <div class="hint">{unitMinutesText(unitMinutes, 'signed')}</div>}
      </NumberCell>
    </>
  );
};
