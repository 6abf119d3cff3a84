import type { DayUsage } from '../../lib/shapes/usage.ts';
import { dayName } from '../calendar.ts';
import { grouped } from '../money.ts';
import { type DailyCost, dailyCosts } from './daily-cost.ts';
import { DayBars, useChosenDay } from './day-bars.tsx';
import { DayTable } from './day-table.tsx';
import { axisOf } from './scale.ts';
import { flavorsOf } from './series.ts';
import { Swatch } from './swatch.tsx';
import { Money } from './text.tsx';

const Legend = ({ flavors }: { readonly flavors: readonly string[] }) => (
  <ul class="legend">
    {flavors.map((flavor) => (
      <li key={flavor}>
        <Swatch flavor={flavor} flavors={flavors} />
        {flavor}
      </li>
    ))}
  </ul>
);

const Readout = ({
  day,
  currency,
  flavors,
}: {
  readonly day: DailyCost | undefined;
  readonly currency: string;
  readonly flavors: readonly string[];
}) =>
  day === undefined ? (
    <p class="readout hint" aria-live="polite">
      Point at a day, tap it, or use arrow keys
    </p>
  ) : (
    <p class="readout" aria-live="polite">
      <span>{dayName(day.date)}</span> <Money amount={day.total} currency={currency} />
      {day.parts.map(({ flavor, amount }) => (
        <span key={flavor} class="readout-part">
          <Swatch flavor={flavor} flavors={flavors} />
          {flavor} {grouped(amount)}
        </span>
      ))}
    </p>
  );

export const Axis = ({ ticks }: { readonly ticks: readonly number[] }) => (
  <ol class="axis" aria-hidden="true">
    {ticks.toReversed().map((tick) => (
      <li key={tick}>{grouped(String(Number(tick.toPrecision(6))))}</li>
    ))}
  </ol>
);

export const Dates = ({
  days,
  today,
}: {
  readonly days: readonly DailyCost[];
  readonly today: string | undefined;
}) => (
  <ol class="dates" aria-hidden="true">
    {days.map(({ date }) => (
      <li key={date} class={date === today ? 'today' : undefined}>
        <span>{Number(date.slice(-2))}</span>
      </li>
    ))}
  </ol>
);

/**
 * A month's cost per day, stacked by flavor, and the same as a table. The bars are one stop for the
 * keyboard; arrow keys move from day to day.
 */
export const DayChart = ({
  month,
  days,
  currency,
  today,
}: {
  readonly month: string;
  readonly days: readonly DayUsage[];
  readonly currency: string;
  /** The current date, if it is in this month. */
  readonly today: string | undefined;
}) => {
  const costs = dailyCosts(month, days, currency);
  const flavors = flavorsOf(days);
  const ticks = axisOf(Math.max(...costs.map(({ total }) => Number(total))));
  const { chosen, handlers } = useChosenDay(costs.length);
  return (
    <figure class="chart">
      <figcaption>
        <Legend flavors={flavors} />
        <Readout
          day={chosen === undefined ? undefined : costs[chosen]}
          currency={currency}
          flavors={flavors}
        />
      </figcaption>
      <div class="plot">
        <Axis ticks={ticks} />
        {/* biome-ignore lint/a11y/useSemanticElements: a chart is no fieldset. */}
        <div
          class="bars"
          role="group"
          aria-label={`Cost per day in ${currency}, by flavor. Arrow keys go from day to day.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys choose the day to read out.
          tabIndex={0}
          {...handlers}
        >
          <DayBars days={costs} flavors={flavors} ticks={ticks} chosen={chosen} />
        </div>
        <Dates days={costs} today={today} />
      </div>
      <DayTable days={costs} flavors={flavors} currency={currency} />
    </figure>
  );
};
