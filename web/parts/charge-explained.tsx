import type { ComponentChildren } from 'preact';
import type { Charge } from '../../lib/shapes/charge.ts';
import { durationText, monthName, monthSpan } from '../calendar.ts';
import { count, exactSixtieth, grouped, roundedSum } from '../money.ts';
import { negated } from '../month-changes.ts';
import { billedOnce } from '../unbilled.ts';
import { unitsText } from '../units.ts';
import { Money, Time } from './text.tsx';
import { WHY_HELD } from './why-held.ts';

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

/** Why a charge begins later than its interval: a month, other resources or another price. */
const FirstMinute = ({ charge, zone, eventName }: ExplainProps) => {
  const { start, statedBy, usageMonth } = charge;
  /** A change counts from the first minute that starts after it. */
  const isFrom = (time: number) => time <= Date.parse(start) && Date.parse(start) - time < MINUTE_MS;
  if (isFrom(monthSpan(usageMonth, zone).start))
    return <>the first minute of {monthName(usageMonth)} starts,</>;
  return statedBy && isFrom(Date.parse(statedBy.time)) ? (
    <>the first minute on the resources stated with {eventName(statedBy, 'by')} starts,</>
  ) : (
    <>the first minute at this price starts,</>
  );
};

const PeriodStart = (props: ExplainProps) => {
  const { charge, zone, eventName } = props;
  const { openedBy, start } = charge;
  if (openedBy.time === start)
    return (
      <>
        {eventName(openedBy, 'from')} at <Time at={start} zone={zone} />
      </>
    );
  return (
    <>
      {eventName(openedBy, 'since')} at <Time at={openedBy.time} zone={zone} />. Counted here from{' '}
      <Time at={start} zone={zone} />, when <FirstMinute {...props} />
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
      return (
        <>
          until the last minute before the job’s resources changed ends at {until}; it continues on the
          changed ones
        </>
      );
    case 'limit':
      return charge.minutes === 0 ? <>and none of it is counted</> : <>until the limit at {until}</>;
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

/** A charge's amount from minutes, units and price, exact and rounded. */
export const ChargeFormula = ({
  charge,
  currency,
  isTakenBack = false,
}: Pick<ExplainProps, 'charge' | 'currency'> & {
  /** It was billed before, and is subtracted. */
  readonly isTakenBack?: boolean;
}) => {
  const { minutes, units, unit, pricePerHour, amountTimes60 } = charge;
  if (pricePerHour === undefined || unit === undefined || units === undefined)
    return (
      <p class="formula">
        {count(minutes)} min
        {charge.minutes > 0 && `, ${billedOnce(charge)}`}
      </p>
    );
  const exact = exactSixtieth(amountTimes60, currency);
  const rounded = roundedSum([amountTimes60], currency);
  const amount = <Money amount={rounded} currency={currency} />;
  return (
    <p class="formula">
      {count(minutes)} min × {unitsText(units, unit)} × {pricePerHour} {currency}/h ÷ 60 ={' '}
      {isTakenBack ? amount : <strong>{amount}</strong>}
      {exact !== rounded && <span class="muted"> (exactly {grouped(exact)})</span>}
      {isTakenBack && (
        <>
          , taken back:{' '}
          <strong>
            <Money amount={negated(rounded)} currency={currency} />
          </strong>
        </>
      )}
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
      {isWhole ? ' is ' : ', with every begun minute counted whole, is '}
      {count(charge.minutes)} min
    </p>
  );
};

/** The tariff that prices a charge, or has no price for it. */
const TariffInForce = ({ charge: { tariff, flavor, unit }, zone }: Pick<ExplainProps, 'charge' | 'zone'>) => {
  if (tariff === undefined) return null;
  const [since = '', revision] = tariff.split('#');
  const inForce = (
    <>
      tariff in force since <Time at={since} zone={zone} />
    </>
  );
  return (
    <p class="hint">
      {flavor !== undefined && unit === undefined ? (
        <>
          The {inForce} (revision {revision}) has no price for {flavor}.
        </>
      ) : (
        <>
          {flavor !== undefined && `${flavor}, `}
          {inForce}, revision {revision}
        </>
      )}
    </p>
  );
};

/** All that a reader needs to recalculate a charge. */
export const ChargeExplained = (props: ExplainProps) => {
  const { charge, zone } = props;
  return (
    <>
      <ChargePeriod {...props} />
      {charge.endedBy.cause !== 'now' && charge.minutes > 0 && <Minutes charge={charge} />}
      <ChargeFormula {...props} />
      {charge.held && (
        <p class="callout warning">
          Not counted from <Time at={charge.held.from} zone={zone} /> on, but held:{' '}
          {WHY_HELD[charge.held.cause]}.
        </p>
      )}
      <TariffInForce charge={charge} zone={zone} />
    </>
  );
};
