import type { ProjectReconciliation } from '../../lib/shapes/reconciliation.ts';
import { roundedAmount } from '../money.ts';
import { unitMinutesText, verdictOf } from '../reconciliation.ts';
import { Apart } from './compared-cells.tsx';
import { Fact } from './fact.tsx';
import { counted, Money, Time } from './text.tsx';

interface VerdictProps {
  readonly report: ProjectReconciliation;
  readonly zone: string;
}

/** Events that the provider knows and jobmeter did not get. */
const MissingEvents = ({
  report: { projectId, month, missingEvents, recorded = 0 },
}: Pick<VerdictProps, 'report'>) => (
  <>
    {recorded > 0 && <p class="hint">{counted(recorded, 'event')} recorded, and compared again.</p>}
    {missingEvents > 0 && (
      <p class="hint" data-testid="missing-events">
        {counted(missingEvents, 'event')} that did not arrive would settle differences:{' '}
        <code>{`jobmeter reconcile ${month} --project ${projectId} --record --save`}</code>
      </p>
    )}
  </>
);

/** What the comparison comes to, in a sentence and in sums. */
export const VerdictCard = ({ report, zone }: VerdictProps) => {
  const { total, currency, comparedAt, providerUpdatedAt } = report;
  const { sentence, isExplained } = verdictOf(report);
  const sums = { 'Provider’s bill': total.provider, jobmeter: total.here };
  return (
    <section class="card" aria-labelledby="verdict">
      <h2 id="verdict" class={isExplained ? 'verdict' : 'verdict unexplained'} data-testid="verdict">
        {sentence}
      </h2>
      <dl class="facts brief">
        {Object.entries(sums).map(([name, { amount, unitMinutes }]) => (
          <Fact key={name} class="figure" name={name} hint={unitMinutesText(unitMinutes)}>
            <Money amount={roundedAmount(amount, currency)} currency={currency} />
          </Fact>
        ))}
        <Fact class="figure" name="Difference" hint={unitMinutesText(total.difference.unitMinutes, 'signed')}>
          <Apart amount={total.difference.amount} currency={currency} />
        </Fact>
        <Fact name="Compared" hint={zone}>
          <Time at={comparedAt} zone={zone} />
        </Fact>
        {providerUpdatedAt !== undefined && (
          <Fact name="Provider’s figures of" hint={zone}>
            <Time at={providerUpdatedAt} zone={zone} />
          </Fact>
        )}
      </dl>
      <MissingEvents report={report} />
    </section>
  );
};
