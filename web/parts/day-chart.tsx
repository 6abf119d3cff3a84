import { useState } from 'preact/hooks';
import type { DayUsage } from '../../lib/shapes/usage.ts';
import { datesOf, dayName } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { NumberHead } from './number-head.tsx';
import { axisOf } from './scale.ts';
import { flavorsOf, seriesOf } from './series.ts';
import { Money } from './text.tsx';

const WIDTH = 1000;
const HEIGHT = 220;
const GAP = 0.26;

interface Day {
  readonly date: string;
  readonly total: string;
  /** One a flavor, whatever prices it had that day. */
  readonly parts: readonly { readonly flavor: string; readonly amount: string }[];
}

const daysOf = (month: string, days: readonly DayUsage[], currency: string): Day[] =>
  datesOf(month).map((date) => {
    const used = days.filter((day) => day.date === date);
    const parts = flavorsOf(used).map((flavor) => ({
      flavor,
      amount: sumOf(
        used.filter((day) => day.flavor === flavor).map(({ amount }) => amount),
        currency,
      ),
    }));
    return {
      date,
      parts,
      total: sumOf(
        used.map(({ amount }) => amount),
        currency,
      ),
    };
  });

/** Where a bar's parts are, from the bottom up; heights are for the eye only, so they may be inexact. */
const stack = ({ parts }: Day, top: number) => {
  let base = HEIGHT;
  return parts.map(({ flavor, amount }) => {
    const height = (Number(amount) / top) * HEIGHT;
    base -= height;
    return { flavor, y: base, height };
  });
};

const Bar = ({
  day,
  index,
  width,
  top,
  flavors,
}: {
  readonly day: Day;
  readonly index: number;
  readonly width: number;
  readonly top: number;
  readonly flavors: readonly string[];
}) => (
  <>
    {stack(day, top).map(({ flavor, y, height }) => (
      <rect
        key={flavor}
        class={`series-${seriesOf(flavors, flavor)}`}
        x={index * width + (width * GAP) / 2}
        y={y}
        width={width * (1 - GAP)}
        height={height}
      />
    ))}
  </>
);

const Readout = ({
  day,
  currency,
  flavors,
}: {
  readonly day: Day;
  readonly currency: string;
  readonly flavors: readonly string[];
}) => (
  <p class="readout" aria-live="polite">
    <span>{dayName(day.date)}</span> <Money amount={day.total} currency={currency} />
    {day.parts.map(({ flavor, amount }) => (
      <span key={flavor} class="readout-part">
        <span class={`swatch series-${seriesOf(flavors, flavor)}`} aria-hidden="true" />
        {flavor} {grouped(amount)}
      </span>
    ))}
  </p>
);

/** A month's cost per day, stacked by flavor. One stop for the keyboard, then arrows from day to day; the same as a table below. */
export const DayChart = ({
  month,
  days,
  currency,
  today,
}: {
  readonly month: string;
  readonly days: readonly DayUsage[];
  readonly currency: string;
  /** The date that is still going on, if it is in this month. */
  readonly today: string | undefined;
}) => {
  const all = daysOf(month, days, currency);
  const flavors = flavorsOf(days);
  const ticks = axisOf(Math.max(...all.map(({ total }) => Number(total))));
  const top = ticks.at(-1) ?? 1;
  const width = WIDTH / all.length;
  const [chosen, setChosen] = useState<number>();
  const shown = chosen === undefined ? undefined : all[chosen];

  const onKeyDown = (event: KeyboardEvent) => {
    const last = all.length - 1;
    const from = chosen ?? -1;
    const to = { ArrowRight: Math.min(from + 1, last), ArrowLeft: Math.max(from - 1, 0), Home: 0, End: last }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(to);
  };
  const onPointer = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * all.length);
    setChosen(Math.min(Math.max(index, 0), all.length - 1));
  };
  return (
    <figure class="chart">
      <figcaption>
        <ul class="legend">
          {flavors.map((flavor) => (
            <li key={flavor}>
              <span class={`swatch series-${seriesOf(flavors, flavor)}`} aria-hidden="true" />
              {flavor}
            </li>
          ))}
        </ul>
        {shown ? (
          <Readout day={shown} currency={currency} flavors={flavors} />
        ) : (
          <p class="readout hint" aria-live="polite">
            Point at a day, or use the arrow keys
          </p>
        )}
      </figcaption>
      <div class="plot">
        <ol class="axis" aria-hidden="true">
          {ticks.toReversed().map((tick) => (
            <li key={tick}>{grouped(String(Number(tick.toPrecision(6))))}</li>
          ))}
        </ol>
        {/* biome-ignore lint/a11y/useSemanticElements: a picture that is walked through is no fieldset. */}
        <div
          class="bars"
          role="group"
          aria-label={`Cost per day in ${currency}, by flavor. Arrow keys go from day to day.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys go from day to day, and the day is read out.
          tabIndex={0}
          onKeyDown={onKeyDown}
          onPointerMove={onPointer}
          onPointerLeave={() => setChosen(undefined)}
          onBlur={() => setChosen(undefined)}
        >
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {ticks.map((tick) => {
              const y = HEIGHT - (tick / top) * HEIGHT;
              return <line key={tick} class="rule" x1="0" x2={WIDTH} y1={y} y2={y} />;
            })}
            {chosen !== undefined && (
              <rect class="cursor" x={chosen * width} y="0" width={width} height={HEIGHT} />
            )}
            {all.map((day, index) => (
              <Bar key={day.date} day={day} index={index} width={width} top={top} flavors={flavors} />
            ))}
          </svg>
        </div>
        <ol class="dates" aria-hidden="true">
          {all.map(({ date }) => (
            <li key={date} class={date === today ? 'today' : undefined}>
              <span>{Number(date.slice(-2))}</span>
            </li>
          ))}
        </ol>
      </div>
      <details>
        <summary>As a table</summary>
        <section
          class="scroll"
          aria-label="Cost per day as a table"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: where it is too wide, the keyboard scrolls it.
          tabIndex={0}
        >
          <table>
            <caption class="visually-hidden">Cost per day</caption>
            <thead>
              <tr>
                <th scope="col">Day</th>
                {flavors.map((flavor) => (
                  <th key={flavor} scope="col" class="number">
                    {flavor}
                  </th>
                ))}
                <NumberHead>Total, {currency}</NumberHead>
              </tr>
            </thead>
            <tbody>
              {all
                .filter(({ parts }) => parts.length > 0)
                .map(({ date, parts, total }) => (
                  <tr key={date}>
                    <th scope="row">{dayName(date)}</th>
                    {flavors.map((flavor) => (
                      <td key={flavor} class="number">
                        {grouped(parts.find((part) => part.flavor === flavor)?.amount ?? '–')}
                      </td>
                    ))}
                    <td class="number">{grouped(total)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
};
