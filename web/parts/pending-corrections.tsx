import type { Usage } from '../../lib/shapes/usage.ts';
import { monthName } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { Card } from './card.tsx';
import { Money } from './text.tsx';

/** What is due for closed months and on no statement yet, by usage month. */
export const PendingCorrections = ({
  usage: { corrections, correctionsUnknown, month },
}: {
  readonly usage: Usage;
}) => {
  if (correctionsUnknown !== undefined)
    return (
      <Card id="corrections" title="Corrections so far">
        <p>What is due for closed months is not known: {correctionsUnknown}.</p>
      </Card>
    );
  if (!corrections) return null;
  const { lines, total, currency } = corrections;
  const months = [...new Set(lines.map(({ usageMonth }) => usageMonth))].sort();
  return (
    <Card id="corrections" title="Corrections so far">
      <p class="hint">
        Reported after these months were closed. The statement of {monthName(month)} will have it.
      </p>
      <dl class="facts brief">
        {months.map((usageMonth) => (
          <div key={usageMonth}>
            <dt>{monthName(usageMonth)}</dt>
            <dd class="figure small">
              <Money
                amount={sumOf(
                  lines.filter((line) => line.usageMonth === usageMonth).map(({ amount }) => amount),
                  currency,
                )}
                currency={currency}
              />
            </dd>
          </div>
        ))}
      </dl>
      <p>
        In all{' '}
        <strong data-testid="corrections">
          <Money amount={total} currency={currency} />
        </strong>
      </p>
    </Card>
  );
};
