import type { Job } from '../../lib/shapes/job.ts';
import { isEnd, timeoutText } from '../lifecycle.ts';
import { count } from '../money.ts';
import { countsText, unitsText } from '../units.ts';
import { Fact } from './fact.tsx';
import { counted, Money } from './text.tsx';

const MAX_CHANGES = 3;

/** What the priced units of a job are, also if they changed: "2 GPUs, then 4 GPUs billed". */
const billedText = ({ charges }: Job): string | undefined => {
  const counts = charges.flatMap(({ units, unit }) =>
    units === undefined || unit === undefined ? [] : [unitsText(units, unit)],
  );
  const changes = counts.filter((text, index) => text !== counts[index - 1]);
  return changes.length === 0 ? undefined : `${changes.slice(-MAX_CHANGES).join(', then ')} billed`;
};

/** The labels of a job as they were sent, which never change a price. */
const Labels = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) => (
  <ul class="labels" aria-label="Labels">
    {Object.entries(labels).map(([key, value]) => (
      <li key={key} class="tag label">
        {key}
        {value !== '' && <span class="muted">=</span>}
        {value}
      </li>
    ))}
  </ul>
);

/** What a job costs, its status, its resources and its labels. */
export const JobCost = ({ job }: { readonly job: Job }) => {
  const { resources, labels, timeout } = job;
  const minutes = job.charges.reduce((sum, one) => sum + one.minutes, 0);
  return (
    <section class="card hero" aria-labelledby="cost">
      <div>
        <h2 id="cost">{job.status !== undefined && isEnd(job.status) ? 'Cost' : 'Cost so far'}</h2>
        <p class="total" data-testid="cost">
          <Money amount={job.cost} currency={job.currency} />
        </p>
        {job.charges.length > 0 && (
          <p class="hint">
            {job.charges.length === 1
              ? 'the exact amount of its charge, rounded'
              : `the exact amounts of ${counted(job.charges.length, 'charge')}, added up and rounded once`}
          </p>
        )}
      </div>
      <dl class="facts brief">
        <Fact name="Status" class="figure small">
          {job.status ?? 'all taken back'}
        </Fact>
        <Fact name="Resources" class="figure small" hint={billedText(job)}>
          {resources ? `${resources.flavor} × ${countsText(resources)}` : 'not stated'}
        </Fact>
        {timeout !== undefined && (
          <Fact name="Timeout" class="figure small" hint="the longest run that counts without a stop">
            {timeoutText(timeout)}
          </Fact>
        )}
        <Fact name="Commenced minutes" class="figure small">
          {count(minutes)}
        </Fact>
      </dl>
      {labels && Object.keys(labels).length > 0 && <Labels labels={labels} />}
    </section>
  );
};
