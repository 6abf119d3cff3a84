import { durationText } from '../calendar.ts';
import type { StatusPeriod } from '../lifecycle.ts';

type Kind = 'billable' | 'counted' | 'free' | 'held' | 'unrated';

interface Segment {
  readonly ms: number;
  readonly kind: Kind;
}

/** What each kind of time is called. */
const NAMES: Readonly<Record<Kind, string>> = {
  billable: 'billed',
  counted: 'counted',
  free: 'not billed',
  unrated: 'no price yet',
  held: 'held',
};

export const lengthOf = ({ start, end = start }: StatusPeriod): number => end - start;

const segmentsOf = (period: StatusPeriod): Segment[] => {
  const ms = lengthOf(period);
  const { start, heldFrom, isBillable, isUnrated, isBilled } = period;
  const billable = isUnrated ? 'unrated' : isBilled ? 'billable' : 'counted';
  if (heldFrom === undefined) return [{ ms, kind: isBillable ? billable : 'free' }];
  const counted = Math.max(heldFrom - start, 0);
  return [
    { ms: counted, kind: billable },
    { ms: ms - counted, kind: 'held' },
  ];
};

/** How much of some periods is of one kind. */
export const lengthOfKind = (periods: readonly StatusPeriod[], kind: Kind): number =>
  periods.flatMap(segmentsOf).reduce((sum, segment) => (segment.kind === kind ? sum + segment.ms : sum), 0);

const kindsOf = (periods: readonly StatusPeriod[]): Kind[] =>
  (Object.keys(NAMES) as Kind[]).filter((kind) => lengthOfKind(periods, kind) > 0);

/** The statuses of a job in one strip, to scale, with its legend. Billable ones are high and colored. */
export const Strip = ({
  periods,
  isPart,
}: {
  readonly periods: readonly StatusPeriod[];
  /** Earlier statuses are not shown. */
  readonly isPart: boolean;
}) => {
  const whole = periods.reduce((sum, period) => sum + lengthOf(period), 0);
  const kinds = kindsOf(periods);
  const lengths = kinds.map((kind) => `${durationText(lengthOfKind(periods, kind))} ${NAMES[kind]}`);
  return (
    <>
      <div
        class="strip"
        role="img"
        aria-label={`${durationText(whole)} ${isPart ? 'shown' : 'in all'}: ${lengths.join(', ')}`}
      >
        {periods.flatMap((period) =>
          segmentsOf(period)
            .filter(({ ms }) => ms > 0)
            .map(({ ms, kind }) => (
              <span
                key={`${period.key} ${kind}`}
                class={kind}
                style={{ flexGrow: ms }}
                title={`${period.transition.status}, ${NAMES[kind]}, ${durationText(ms)}`}
              />
            )),
        )}
      </div>
      <p class="legend hint" aria-hidden="true">
        {kinds.map((kind) => (
          <span key={kind}>
            <span class={`swatch ${kind}`} /> {NAMES[kind]}
          </span>
        ))}
        <span>Lengths are roughly to scale</span>
      </p>
    </>
  );
};
