import type { ComponentChildren } from 'preact';
import type { Charge } from '../../lib/shapes/charge.ts';
import { durationText, monthName, monthSpan } from '../calendar.ts';
import { exactSixtieth, grouped, roundedSum } from '../money.ts';
import { count, Money, Time, unitName, unitsText } from './text.tsx';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

type Evidence = Charge['openedBy'];

export interface ExplainProps {
  readonly charge: Omit<Charge, 'projectId' | 'state'>;
  readonly currency: string;
  readonly zone: string;
  /** Names an event after a word such as "from", with its status and a link where available. */
  readonly eventName: (evidence: Evidence, word: string) => ComponentChildren;
}

const PeriodStart = ({ charge, zone, eventName }: ExplainProps) => {
  const { openedBy, start, usageMonth } = charge;
  if (openedBy.time === start)
    return (
      <>
        {eventName(openedBy, 'from')} at <Time at={start} zone={zone} />
      </>
    );
  const isOfMonth = Date.parse(start) - monthSpan(usageMonth, zone).start < MINUTE_MS;
  return (
    <>
      {eventName(openedBy, 'since')} at <Time at={openedBy.time} zone={zone} />. Counted here from{' '}
      <Time at={start} zone={zone} />, when the first minute{' '}
      {isOfMonth ? `of ${monthName(usageMonth)}` : 'at this price or on these resources'} starts,
    </>
  );
};

const PeriodEnd = ({ charge, zone, eventName }: ExplainProps) => {
  const { endedBy, end } = charge;
  const until = <Time at={end} zone={zone} />;
  switch (endedBy.cause) {
    case 'fact':
      return (
        <>
          until {eventName(endedBy.fact, 'by')} at {until}
        </>
      );
    case 'month end':
      return (
        <>
          until the last minute that starts in {monthName(charge.usageMonth)} ends at {until}; it continues in
          the next month
        </>
      );
    case 'price change':
      return <>until the last minute at this price ends at {until}; it continues at the next price</>;
    case 'resources change':
      return <>until the last minute on these resources ends at {until}; it continues on the next ones</>;
    case 'limit':
      return charge.minutes === 0 ? <>and none of it is counted</> : <>until its limit at {until}</>;
    case 'now':
      return <>and still running</>;
  }
};

/** The events and times between which a charge runs. */
export const ChargePeriod = (props: ExplainProps) => (
  <p class="because">
    <PeriodStart {...props} /> <PeriodEnd {...props} />.
  </p>
);

const whyUnrated = ({ flavor, unit }: ExplainProps['charge']): string => {
  if (flavor === undefined) return 'no resources are stated';
  if (unit === undefined) return 'there is no price for the flavor';
  return `the price is per ${unitName(unit)}, and the job states no ${unitName(unit)} count`;
};

/** Why time is held, and what settles it. */
const WHY_HELD = {
  maxRunning: 'no stop was reported within the longest run of the tariff; its stop settles it',
  timeout: 'no stop was reported within the timeout of the job; its stop settles it',
  maxSilence: 'nothing was reported for longer than the tariff allows; a stop or a sign of life settles it',
  'forbidden step':
    'the job had ended before it began to run, so a start or a stop has a wrong time; the next stop settles it, or taking the wrong event back',
} as const;

/** A charge's amount from minutes, units and price, exact and rounded. */
export const ChargeFormula = ({ charge, currency }: Pick<ExplainProps, 'charge' | 'currency'>) => {
  const { minutes, units, unit, pricePerHour, amountTimes60 } = charge;
  if (pricePerHour === undefined || unit === undefined)
    return (
      <p class="formula">
        {count(minutes)} commenced min, not billed yet: {whyUnrated(charge)}
      </p>
    );
  const exact = exactSixtieth(amountTimes60, currency);
  const rounded = roundedSum([amountTimes60], currency);
  return (
    <p class="formula">
      {count(minutes)} min × {unitsText(units, unit)} × {pricePerHour} {currency}/h ÷ 60 ={' '}
      <strong>
        <Money amount={rounded} currency={currency} />
      </strong>
      {exact !== rounded && <span class="muted"> (exactly {grouped(exact)})</span>}
    </p>
  );
};

/** How the length of a charge rounds up to its minutes. */
const Minutes = ({ charge }: Pick<ExplainProps, 'charge'>) => {
  const ms = Date.parse(charge.end) - Date.parse(charge.start);
  const isWhole = ms % MINUTE_MS === 0;
  const length = ms < SECOND_MS ? 'less than a second' : durationText(ms);
  return (
    <p class="hint">
      {length}
      {isWhole ? ' is ' : ', each commenced minute counted whole, is '}
      {count(charge.minutes)} min
    </p>
  );
};

/** All that a reader needs to recalculate a charge. */
export const ChargeExplained = (props: ExplainProps) => {
  const { charge, zone } = props;
  return (
    <>
      <ChargePeriod {...props} />
      {charge.endedBy.cause !== 'now' && <Minutes charge={charge} />}
      <ChargeFormula {...props} />
      {charge.held && (
        <p class="callout warning">
          Held from <Time at={charge.held.from} zone={zone} /> and not billed: {WHY_HELD[charge.held.cause]}.
        </p>
      )}
      {charge.tariff !== undefined && (
        <p class="hint">
          {charge.flavor}, tariff in force since <Time at={charge.tariff.split('#')[0] ?? ''} zone={zone} />,
          revision {charge.tariff.split('#')[1]}
        </p>
      )}
    </>
  );
};
