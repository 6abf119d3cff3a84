import { useRef, useState } from 'preact/hooks';
import type { DailyCost } from './daily-cost.ts';
import { seriesOf } from './series.ts';

const WIDTH = 1000;
const HEIGHT = 220;
/** The part of a day's width that is left free between bars. */
const GAP = 0.26;

/** The day to show after a key; `undefined` for none, `null` if the key means nothing here. */
const dayByKey = (key: string, chosen: number | undefined, last: number): number | undefined | null => {
  const from = chosen ?? -1;
  switch (key) {
    case 'ArrowRight':
      return Math.min(from + 1, last);
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return undefined;
    default:
      return null;
  }
};

/**
 * The index of the day that the pointer or the keyboard chose, and the handlers that choose it. A
 * mouse shows the day it is over. A tap shows a day until the next tap on it.
 */
export const useChosenDay = (days: number) => {
  const [chosen, setChosen] = useState<number>();
  /** The day that was shown when a finger came down. */
  const before = useRef<number>(undefined);
  const last = days - 1;
  const dayAt = ({ clientX, currentTarget }: PointerEvent) => {
    const box = (currentTarget as HTMLElement).getBoundingClientRect();
    return Math.min(Math.max(Math.floor(((clientX - box.left) / box.width) * days), 0), last);
  };
  return {
    chosen,
    handlers: {
      onKeyDown: (event: KeyboardEvent) => {
        const day = dayByKey(event.key, chosen, last);
        if (day === null) return;
        event.preventDefault();
        setChosen(day);
      },
      onPointerDown: () => {
        before.current = chosen;
      },
      onPointerMove: (event: PointerEvent) => setChosen(dayAt(event)),
      onPointerLeave: ({ pointerType }: PointerEvent) => {
        if (pointerType === 'mouse') setChosen(undefined);
      },
      onPointerUp: (event: PointerEvent) => {
        if (event.pointerType === 'mouse') return;
        const day = dayAt(event);
        setChosen(day === before.current ? undefined : day);
      },
      onBlur: () => setChosen(undefined),
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
