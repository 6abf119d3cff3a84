import type { Job } from '../../lib/shapes/job.ts';
import { isEnd } from '../lifecycle.ts';
import { Fact } from './fact.tsx';
import { count, counted, Money, unitsText } from './text.tsx';

/** What a job costs, its status and its resources. */
export const JobCost = ({ job }: { readonly job: Job }) => {
  const { resources } = job;
  const charge = job.charges[0];
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
        <Fact
          name="Resources"
          class="figure small"
          hint={charge?.unit === undefined ? undefined : `${unitsText(charge.units, charge.unit)} billed`}
        >
          {resources?.flavor ?? 'not stated'}
        </Fact>
        <Fact name="Commenced minutes" class="figure small">
          {count(minutes)}
        </Fact>
      </dl>
    </section>
  );
};
