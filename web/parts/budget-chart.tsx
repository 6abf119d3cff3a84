import type { BudgetState } from '../../lib/shapes/budget.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import type { Span } from '../calendar.ts';
import { grouped } from '../money.ts';
import { dailyCosts } from './daily-cost.ts';
import { Axis, Dates } from './day-chart.tsx';
import { axisOf } from './scale.ts';

const WIDTH = 1000;
const HEIGHT = 220;
/** The part of the height between two names of lines, so that neither covers the other. */
const NAME_GAP = 0.1;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What was spent by the end of each day up to now, as parts of the month and as amounts. */
const spentPoints = (usage: Usage, now: number, { start, end }: Span): Point[] => {
  const days = dailyCosts(usage.month, usage.days, usage.currency);
  const x = Math.min(1, (now - start) / (end - start));
  let sum = 0;
  const points = days.map(({ total }, index) => {
    sum += Number(total);
    return { x: (index + 1) / days.length, y: sum };
  });
  return [{ x: 0, y: 0 }, ...points.filter((point) => point.x < x), { x, y: Number(usage.total) }];
};

/** Names of lines from the top down; one too close to the line above it has none. */
const named = (budgets: readonly BudgetState[], top: number): BudgetState[] => {
  let last = Number.POSITIVE_INFINITY;
  return budgets
    .toSorted((a, b) => Number(b.amount) - Number(a.amount))
    .filter(({ amount }) => {
      if (last - Number(amount) < top * NAME_GAP) return false;
      last = Number(amount);
      return true;
    });
};

const textOf = (usage: Usage, budgets: readonly BudgetState[]): string => {
  const { total, forecast, currency } = usage;
  const expected = forecast ? `, ${grouped(forecast.expected)} expected at the end of the month` : '';
  const amounts = budgets.map(({ name, amount }) => `${name} ${grouped(amount)}`).join(', ');
  return `Spent in ${currency}: ${grouped(total)}${expected}. Budgets: ${amounts}.`;
};

const Legend = ({ isExpected }: { readonly isExpected: boolean }) => (
  <figcaption>
    <ul class="legend">
      <li class="key-spent">spent</li>
      {isExpected && <li class="key-expected">expected</li>}
      <li class="key-budget">budget</li>
    </ul>
  </figcaption>
);

/** How what is spent grows over the month, with a dashed line at the amount of each budget. */
export const BudgetChart = ({
  usage,
  budgets,
  now,
  span,
  today,
}: {
  readonly usage: Usage;
  /** Those of the whole project. */
  readonly budgets: readonly BudgetState[];
  readonly now: number;
  readonly span: Span;
  /** The current date, if it is in this month. */
  readonly today: string | undefined;
}) => {
  const { forecast, currency } = usage;
  const points = spentPoints(usage, now, span);
  const last = points.at(-1) ?? { x: 0, y: 0 };
  const expected = forecast && { x: 1, y: Number(forecast.expected) };
  const amounts = budgets.map(({ amount }) => Number(amount));
  const ticks = axisOf(Math.max(last.y, expected?.y ?? 0, ...amounts));
  const top = ticks.at(-1) ?? 1;
  const at = ({ x, y }: Point) => `${x * WIDTH},${HEIGHT - (y / top) * HEIGHT}`;
  const line = points.map(at).join(' ');
  return (
    <figure class="chart budget-chart">
      <Legend isExpected={expected !== undefined} />
      <div class="plot">
        <Axis ticks={ticks} />
        <div class="bars" role="img" aria-label={textOf(usage, budgets)}>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {ticks.map((tick) => {
              const y = HEIGHT - (tick / top) * HEIGHT;
              return <line key={tick} class="rule" x1="0" x2={WIDTH} y1={y} y2={y} />;
            })}
            <polygon class="area" points={`0,${HEIGHT} ${line} ${last.x * WIDTH},${HEIGHT}`} />
            <polyline class="line" points={line} />
            {expected && <polyline class="line expected" points={`${at(last)} ${at(expected)}`} />}
            {amounts.map((amount, index) => (
              <polyline
                key={budgets[index]?.name}
                class="line limit"
                points={`${at({ x: 0, y: amount })} ${at({ x: 1, y: amount })}`}
              />
            ))}
          </svg>
          {named(budgets, top).map(({ name, amount }) => (
            <span
              key={name}
              class="limit-name"
              style={{ bottom: `${((Number(amount) / top) * 100).toFixed(2)}%` }}
            >
              {name} {grouped(amount)} {currency}
            </span>
          ))}
        </div>
        <Dates days={dailyCosts(usage.month, [], currency)} today={today} />
      </div>
    </figure>
  );
};
