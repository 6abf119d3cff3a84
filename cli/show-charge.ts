import { formatMinor, parseTimes60, roundHalfUp } from '../lib/billing/money.ts';
import type { Charge } from '../lib/shapes/charge.ts';
import type { Job } from '../lib/shapes/job.ts';
import { bold, dim } from './output.ts';
import { timeText } from './times.ts';

type Evidence = Charge['openedBy'];

/** "RUNNING (event 8c1f-4)". */
const eventText = ({ transitions }: Job, { source, id }: Evidence): string => {
  const event = transitions.find((one) => one.source === source && one.id === id);
  return `${event?.status ?? 'an event'} (event ${id})`;
};

const fromText = (job: Job, { openedBy, start }: Charge, timeZone: string): string =>
  openedBy.time === start
    ? `from ${eventText(job, openedBy)} at ${timeText(start, timeZone)}`
    : `since ${eventText(job, openedBy)} at ${timeText(openedBy.time, timeZone)}, counted here from ${timeText(start, timeZone)} on`;

const untilText = (job: Job, { endedBy, end, minutes }: Charge, timeZone: string): string => {
  const until = timeText(end, timeZone);
  switch (endedBy.cause) {
    case 'fact':
      return `until ${eventText(job, endedBy.fact)} at ${until}`;
    case 'month end':
      return `until the last minute of the month ends at ${until}; it continues in the next`;
    case 'price change':
      return `until the last minute at this price ends at ${until}; it continues at the next price`;
    case 'resources change':
      return `until its resources change at ${until}; it continues on the changed ones`;
    case 'limit':
      return minutes === 0 ? 'held, none of it counts' : `until its limit at ${until}; the rest is held`;
    case 'now':
      return 'still running';
  }
};

const whyUnrated = ({ flavor, unit }: Charge): string => {
  if (flavor === undefined) return 'no resources are stated';
  return unit === undefined ? `no tariff has a price for ${flavor}` : `the job states no count of ${unit}`;
};

/** Minutes, units and price, with the exact amount where rounding changes it. */
const formula = (charge: Charge, currency: string): string => {
  const { minutes, units, unit, pricePerHour } = charge;
  const counted = `${minutes.toLocaleString('en')} min`;
  if (units === undefined || unit === undefined || pricePerHour === undefined)
    return `${counted}, ${bold('no price yet')}: ${whyUnrated(charge)}`;
  const exact = parseTimes60(charge.amountTimes60);
  const rounded = formatMinor(roundHalfUp(exact, currency), currency);
  const isExact = exact === 60n * parseTimes60(rounded);
  return (
    `${counted} × ${units} ${unit} × ${pricePerHour} ${currency} per hour ÷ 60 = ${bold(`${rounded} ${currency}`)}` +
    (isExact ? '' : dim(` (exactly ${charge.amountTimes60} ÷ 60)`))
  );
};

/** How a charge comes about: its events, its minutes, units and price, its tariff. */
export const explainCharge = (job: Job, charge: Charge, number: number, timeZone: string): string => {
  const { usageMonth, flavor, tariff } = charge;
  const rated = [
    ...(flavor === undefined ? [] : [flavor]),
    ...(tariff === undefined ? [] : [`tariff ${tariff}`]),
  ];
  return [
    `${number}. ${usageMonth}: ${formula(charge, job.currency)}`,
    `   ${fromText(job, charge, timeZone)},`,
    `   ${untilText(job, charge, timeZone)}`,
    ...(rated.length > 0 ? [dim(`   ${rated.join(', ')}`)] : []),
  ].join('\n');
};
