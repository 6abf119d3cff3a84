import type { ComponentChildren } from 'preact';
import { parseMinor } from '../../lib/billing/money.ts';
import type { BudgetState } from '../../lib/shapes/budget.ts';
import { percentText, perMilleSpent, type Threshold } from '../budgets.ts';
import { minuteText } from '../calendar.ts';
import { grouped } from '../money.ts';
import { Money } from './text.tsx';

/** A part of the bar in percent. It is drawn only, so it may be inexact. */
const part = (amount: string, top: number): string =>
  `${Math.min(100, (Number(amount) / top) * 100).toFixed(2)}%`;

/** What is spent and expected of the amount, with a tick at each threshold. */
const Bar = ({ budget: { amount, spent, forecast, thresholds } }: { readonly budget: BudgetState }) => {
  const top = Math.max(Number(amount), Number(spent));
  const isOver = Number(spent) > Number(amount);
  const ticks = new Set([amount, ...thresholds.map((threshold) => threshold.amount)]);
  return (
    <div class={isOver ? 'budget-bar over' : 'budget-bar'} aria-hidden="true">
      {forecast !== undefined && <span class="expected" style={{ width: part(forecast, top) }} />}
      <span class="spent" style={{ width: part(spent, top) }} />
      {[...ticks]
        .filter((tick) => Number(tick) <= top)
        .map((tick) => (
          <span key={tick} class="tick" style={{ left: part(tick, top) }} />
        ))}
    </div>
  );
};

/** "80 %", "800.00 EUR"; of the forecast where that is compared. */
const thresholdName = ({ at, on }: Threshold, currency: string): string => {
  const name = at.endsWith('%') ? at.replace('%', '\u00a0%') : `${grouped(at)}\u00a0${currency}`;
  return on === 'spent' ? name : `Forecast of ${name}`;
};

const ThresholdLine = ({
  threshold,
  budget: { currency, forecast },
  zone,
}: {
  readonly threshold: Threshold;
  readonly budget: BudgetState;
  readonly zone: string;
}) => {
  const { on, amount, crossedAt, willCrossAt, action } = threshold;
  const name = thresholdName(threshold, currency);
  const line = (kind: string, text: ComponentChildren) => (
    <li class={kind}>
      <span>
        {text}
        {action === 'stop' && (
          <span class={`tag ${kind === 'crossed' ? 'danger' : 'label'}`}>stops jobs</span>
        )}
      </span>
    </li>
  );
  if (crossedAt !== undefined)
    return line(
      'crossed',
      <>
        {name} crossed <time dateTime={crossedAt}>{minuteText(crossedAt, zone)}</time>
      </>,
    );
  // A forecast has no time at which it crosses.
  if (on === 'forecast') {
    if (forecast === undefined) return line('open', `${name}: an ended month has none`);
    if (parseMinor(forecast) >= parseMinor(amount)) return line('crossed', `${name} reached`);
  }
  if (willCrossAt === undefined) return line('open', `${name} not crossed`);
  return line(
    'coming',
    <>
      {name} will be crossed on <time dateTime={willCrossAt}>{minuteText(willCrossAt, zone)}</time> if the
      running jobs go on
    </>,
  );
};

/** One budget of a month: its bar, its forecast, and each threshold. */
export const BudgetFigure = ({
  budget,
  zone,
  children,
}: {
  readonly budget: BudgetState;
  readonly zone: string;
  /** What can be done with it. */
  readonly children?: ComponentChildren;
}) => {
  const { name, label, amount, spent, forecast, currency, thresholds } = budget;
  return (
    <li class="budget">
      <h3>
        <span class="id">{name}</span>
        {label !== undefined && <span class="tag label">{label}</span>}
      </h3>
      <p class="tabular">
        <strong>{grouped(spent)}</strong> of <Money amount={amount} currency={currency} />{' '}
        <span class="muted">({percentText(perMilleSpent(budget))})</span>
      </p>
      <Bar budget={budget} />
      {forecast !== undefined && (
        <p class="hint tabular">
          Expected by the end: {grouped(forecast)}
          {Number(forecast) > Number(amount) && <span class="tag warning">above it</span>}
        </p>
      )}
      <ul class="thresholds">
        {thresholds.map((threshold) => (
          <ThresholdLine
            key={`${threshold.at} ${threshold.on} ${threshold.action}`}
            threshold={threshold}
            budget={budget}
            zone={zone}
          />
        ))}
      </ul>
      {children}
    </li>
  );
};
