import { parseTimes60 } from '../../lib/billing/money.ts';
import type { Charge } from '../../lib/shapes/charge.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { stopwatchText } from '../calendar.ts';
import { costPerHour } from '../live-usage.ts';
import { count, roundedSum } from '../money.ts';
import { isUnrated } from '../unbilled.ts';
import { JobLink } from './job-link.tsx';
import { NumberCell, NumberHead, ResourcesCell } from './table-cells.tsx';
import { Money, Time } from './text.tsx';

interface RunningProps {
  readonly currency: string;
  readonly now: number;
  readonly zone: string;
}

const Row = ({ charge, currency, now, zone }: RunningProps & { readonly charge: Charge }) => (
  <tr>
    <th scope="row">
      <JobLink projectId={charge.projectId} jobId={charge.jobId} />
    </th>
    <ResourcesCell of={charge} />
    <td data-label="Running since">
      <Time at={charge.openedBy.time} zone={zone} />
    </td>
    <NumberCell label="For">{stopwatchText(now - Date.parse(charge.openedBy.time))}</NumberCell>
    <NumberCell label="Per hour">
      {isUnrated(charge) ? '–' : <Money amount={costPerHour([charge], currency)} currency={currency} />}
    </NumberCell>
    <NumberCell label="Cost now" isStrong>
      {isUnrated(charge) ? (
        <span class="tag warning">no price yet</span>
      ) : (
        <Money amount={roundedSum([charge.amountTimes60], currency)} currency={currency} />
      )}
    </NumberCell>
  </tr>
);

/** Most expensive first. */
const compareAmount = (a: Charge, b: Charge): number =>
  Number(parseTimes60(b.amountTimes60) - parseTimes60(a.amountTimes60));

/** Jobs that run at `now` and are counted on, with the cost of their open charges by then. */
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
        {charges
          .filter(({ held }) => !held)
          .toSorted(compareAmount)
          .map((charge) => (
            <Row key={`${charge.jobId} ${charge.start}`} charge={charge} {...props} />
          ))}
      </tbody>
    </table>
    {all > charges.length && (
      <p class="hint">
        {count(charges.length)} of {count(all)} running jobs are read here. The others are in the total, which
        counts them up to the last answer of the API.
      </p>
    )}
    <p class="hint">
      A cost is that of this month, as if the job stopped now. Every begun minute is billed whole, so it grows
      once a minute.
    </p>
  </>
);
