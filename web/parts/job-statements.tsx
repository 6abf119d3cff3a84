import type { Job } from '../../lib/shapes/job.ts';
import { monthName } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { linkTo } from '../route.ts';
import { Card } from './card.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money } from './text.tsx';

type Billed = NonNullable<Job['billed']>[number];

const isCredit = ({ amount }: Billed): boolean => amount.startsWith('-');

const verbOf = (one: Billed, isFirst: boolean): string => {
  if (isCredit(one)) return isFirst ? 'Credited' : 'credited';
  return isFirst ? 'Billed' : 'billed';
};

const StatementLink = ({ job: { projectId }, month }: { readonly job: Job; readonly month: string }) => (
  <a href={linkTo({ view: 'statement', projectId, month })}>{monthName(month)}</a>
);

/** "Billed 56.10 EUR on the statement of September, credited on that of October", with the reason. */
export const BilledText = ({ job }: { readonly job: Job }) => {
  const { billed = [], currency, retractions } = job;
  const reasons = [...new Set(retractions.map(({ reason }) => `“${reason}”`))].join(', ');
  if (billed.length === 0)
    return (
      <p class="hint">
        {retractions.length > 0
          ? `Events of it were taken back, ${reasons}, so nothing is billed.`
          : 'It has not been in a status that is billed.'}
      </p>
    );
  const due = sumOf(
    billed.map(({ amount }) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`)),
    currency,
  );
  return (
    <p data-testid="billed">
      {billed.map((one, index) => (
        <span key={`${one.month} ${one.usageMonth}`}>
          {index > 0 && ', '}
          {verbOf(one, index === 0)} {grouped(one.amount.replace('-', ''))} {currency} on{' '}
          {index === 0 ? 'the statement' : 'that'} of <StatementLink job={job} month={one.month} />
        </span>
      ))}
      {Number(due) !== 0 && `, ${grouped(due)} ${currency} on the next statement`}
      {reasons !== '' && `: events of it were taken back, ${reasons}`}.
    </p>
  );
};

/** What the statements so far billed for a job. */
export const JobStatements = ({ job }: { readonly job: Job }) => {
  const { billed = [], currency } = job;
  if (billed.length === 0) return null;
  return (
    <Card id="billed" title="On statements">
      <table class="stacking">
        <caption class="visually-hidden">What statements billed for this job</caption>
        <thead>
          <tr>
            <th scope="col">Statement</th>
            <th scope="col">For usage of</th>
            <NumberHead>Amount</NumberHead>
          </tr>
        </thead>
        <tbody>
          {billed.map((one) => (
            <tr key={`${one.month} ${one.usageMonth}`}>
              <th scope="row">
                <StatementLink job={job} month={one.month} />
              </th>
              <td data-label="For usage of">
                {monthName(one.usageMonth)}
                {isCredit(one) && <span class="tag">credited</span>}
              </td>
              <NumberCell label="Amount" isStrong>
                <Money amount={one.amount} currency={currency} />
              </NumberCell>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
};
