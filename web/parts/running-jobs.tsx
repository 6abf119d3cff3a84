import { parseTimes60 } from '../../lib/billing/money.ts';
import type { Charge } from '../../lib/shapes/charge.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { stopwatchText } from '../calendar.ts';
import { costPerHour } from '../live-usage.ts';
import { roundedSum } from '../money.ts';
import { linkTo } from '../route.ts';
import { NumberHead } from './number-head.tsx';
import { count, Money, Time, unitsText } from './text.tsx';

interface RunningProps {
  readonly currency: string;
  readonly now: number;
  readonly zone: string;
}

const Row = ({ charge, currency, now, zone }: RunningProps & { readonly charge: Charge }) => (
  <tr>
    <th scope="row">
      <a class="id" href={linkTo({ view: 'job', jobId: charge.jobId })}>
        {charge.jobId}
      </a>
      {charge.held && <span class="tag warning">held</span>}
    </th>
    <td data-label="Resources">
      {charge.flavor ?? '–'} <span class="muted">× {unitsText(charge.units, charge.unit)}</span>
    </td>
    <td data-label="Running since">
      <Time at={charge.openedBy.time} zone={zone} />
    </td>
    <td class="number" data-label="For">
      {stopwatchText(now - Date.parse(charge.openedBy.time))}
    </td>
    <td class="number" data-label="Per hour">
      <Money amount={costPerHour([charge], currency)} currency={currency} />
    </td>
    <td class="number strong" data-label="Cost now">
      {charge.pricePerHour === undefined ? (
        <span class="tag warning">no price</span>
      ) : (
        <Money amount={roundedSum([charge.amountTimes60], currency)} currency={currency} />
      )}
    </td>
  </tr>
);

/** The most expensive first. */
const compareAmount = (a: Charge, b: Charge): number =>
  Number(parseTimes60(b.amountTimes60) - parseTimes60(a.amountTimes60));

/** Jobs that run at `now`, with what the piece of this month that they are in costs by then. */
export const RunningJobs = ({
  running: { charges, count: all },
  ...props
}: RunningProps & { readonly running: Usage['running'] }) => (
  <>
    <table class="stacking running">
      <caption class="visually-hidden">Jobs that are running</caption>
      <thead>
        <tr>
          <th scope="col">Job</th>
          <th scope="col">Resources</th>
          <th scope="col">Running since</th>
          <NumberHead>For</NumberHead>
          <NumberHead>Per hour</NumberHead>
          <NumberHead>Cost now</NumberHead>
        </tr>
      </thead>
      <tbody>
        {charges.toSorted(compareAmount).map((charge) => (
          <Row key={`${charge.jobId} ${charge.start}`} charge={charge} {...props} />
        ))}
      </tbody>
    </table>
    {all > charges.length && (
      <p class="hint">
        {count(charges.length)} of {count(all)} running jobs are listed. The others are in the total as it was
        last read.
      </p>
    )}
    <p class="hint">
      Every commenced minute counts whole, so a cost grows once a minute. It is what the run costs in this
      month if it stopped now.
    </p>
  </>
);
