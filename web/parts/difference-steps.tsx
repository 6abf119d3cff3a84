import { CAUSE_TEXTS } from '../../lib/export/cause-texts.ts';
import type { ProjectReconciliation } from '../../lib/shapes/reconciliation.ts';
import { roundedAmount } from '../money.ts';
import { type Step, stepsOf } from '../reconciliation.ts';
import { Card } from './card.tsx';
import { NumberHead } from './table-cells.tsx';
import { Signed } from './text.tsx';

/** All is explained. */
const isNothing = ({ of, amount }: Step) => of === 'unexplained' && Number(amount) === 0;

const Name = ({ step }: { readonly step: Step }) => {
  const { of, detail } = step;
  if (isNothing(step)) return <>{CAUSE_TEXTS.unexplained.name}</>;
  if (of === 'difference') return <>Difference</>;
  const { name, settledBy } = CAUSE_TEXTS[of];
  return (
    <>
      {name}
      {detail !== undefined && <div class="hint">{detail}</div>}
      <div class="hint">{settledBy}</div>
    </>
  );
};

const percent = (value: number) => `${value.toFixed(2)}%`;

/** From where the causes before it end. */
const Bar = ({ step, zero }: { readonly step: Step; readonly zero: number }) => {
  const kind = Number(step.amount) < 0 ? 'less' : 'more';
  const style = {
    left: percent(Math.min(step.start, step.end)),
    width: percent(Math.abs(step.end - step.start)),
  };
  return (
    <td class="step-cell" aria-hidden="true">
      <span class="step">
        <span class="zero" style={{ left: percent(zero) }} />
        {Number(step.amount) !== 0 && <span class={`bar ${kind} ${step.of}`} style={style} />}
      </span>
    </td>
  );
};

const StepRow = ({
  step,
  zero,
  currency,
}: {
  readonly step: Step;
  readonly zero: number;
  readonly currency: string;
}) => {
  const { of, amount } = step;
  return (
    <tr class={of === 'difference' ? 'sum' : isNothing(step) ? 'muted' : of}>
      <th scope="row">
        <Name step={step} />
      </th>
      <Bar step={step} zero={zero} />
      <td class="number strong">
        <Signed amount={amount} currency={currency} />
      </td>
    </tr>
  );
};

/** How the causes and what nothing explains add up to the difference: a bar each, and in words. */
export const DifferenceSteps = ({
  report: { total, currency },
}: {
  readonly report: ProjectReconciliation;
}) => {
  const { steps, zero } = stepsOf(total);
  if (total.causes.length === 0 && Number(total.difference.amount) === 0) return null;
  const isRounded = steps.some(({ amount }) => Number(amount) !== Number(roundedAmount(amount, currency)));
  return (
    <Card id="steps" title="What makes the difference">
      <table class="steps">
        <caption class="visually-hidden">Causes of the difference, which they add up to</caption>
        <thead>
          <tr>
            <th scope="col">Cause, and what settles it</th>
            <td class="step-cell" />
            <NumberHead>Provider minus jobmeter</NumberHead>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <StepRow
              key={step.of}
              step={{ ...step, amount: roundedAmount(step.amount, currency) }}
              zero={zero}
              currency={currency}
            />
          ))}
        </tbody>
      </table>
      <p class="hint">
        Each bar begins where the one above it ends: to the right the provider bills more, to the left less.
        {isRounded && ' Amounts are exact, and each is rounded by itself where it is shown.'}
      </p>
    </Card>
  );
};
