import { useState } from 'preact/hooks';
import type { DailyCost } from './daily-cost.ts';
import { seriesOf } from './series.ts';

const WIDTH = 1000;
const HEIGHT = 220;
/** The part of a day's width that is left free between bars. */
const GAP = 0.26;

/** The index of the day that the pointer or the keyboard chose, and the handlers that choose it. */
export const useChosenDay = (days: number) => {
  const [chosen, setChosen] = useState<number>();
  const last = days - 1;
  const leave = () => setChosen(undefined);
  return {
    chosen,
    handlers: {
      onKeyDown: (event: KeyboardEvent) => {
        const from = chosen ?? -1;
        const to = {
          ArrowRight: Math.min(from + 1, last),
          ArrowLeft: Math.max(from - 1, 0),
          Home: 0,
          End: last,
        }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        setChosen(to);
      },
      onPointerMove: (event: PointerEvent) => {
        const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
        const index = Math.floor(((event.clientX - box.left) / box.width) * days);
        setChosen(Math.min(Math.max(index, 0), last));
      },
      onPointerLeave: leave,
      onBlur: leave,
    },
  };
};

/** The parts of a bar from the bottom up. Heights are drawn only, so they may be inexact. */
const stack = ({ parts }: DailyCost, top: number) => {
  let base = HEIGHT;
  return parts.map(({ flavor, amount }) => {
    const height = (Number(amount) / top) * HEIGHT;
    base -= height;
    return { flavor, y: base, height };
  });
};

/** One bar per day, stacked by flavor, over a rule per tick. */
export const DayBars = ({
  days,
  flavors,
  ticks,
  chosen,
}: {
  readonly days: readonly DailyCost[];
  readonly flavors: readonly string[];
  readonly ticks: readonly number[];
  readonly chosen: number | undefined;
}) => {
  const top = ticks.at(-1) ?? 1;
  const width = WIDTH / days.length;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {ticks.map((tick) => {
        const y = HEIGHT - (tick / top) * HEIGHT;
        return <line key={tick} class="rule" x1="0" x2={WIDTH} y1={y} y2={y} />;
      })}
      {chosen !== undefined && <rect class="cursor" x={chosen * width} y="0" width={width} height={HEIGHT} />}
      {days.map((day, index) =>
        stack(day, top).map(({ flavor, y, height }) => (
          <rect
            key={`${day.date} ${flavor}`}
            class={`series-${seriesOf(flavors, flavor)}`}
            x={index * width + (width * GAP) / 2}
            y={y}
            width={width * (1 - GAP)}
            height={height}
          />
        )),
      )}
    </svg>
  );
};
