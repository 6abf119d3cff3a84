import type { ComponentChildren } from 'preact';
import { isFinal } from '../../lib/billing/statuses.ts';
import type { Job } from '../../lib/shapes/job.ts';
import { roughDuration } from '../calendar.ts';
import { timeoutText } from '../lifecycle.ts';
import { count } from '../money.ts';
import { billedOnce, isUnrated } from '../unbilled.ts';
import { countsText, unitsText } from '../units.ts';
import { Fact } from './fact.tsx';
import { BilledText } from './job-statements.tsx';
import { LabelTags } from './label-tags.tsx';
import { counted, Money, Time } from './text.tsx';

const MAX_CHANGES = 3;

/** What the priced units of a job are, also if they changed: "2 GPUs, then 4 GPUs counted". */
const countedText = ({ charges }: Job): string | undefined => {
  const counts = charges.flatMap(({ units, unit }) =>
    units === undefined || unit === undefined ? [] : [unitsText(units, unit)],
  );
  const changes = counts.filter((text, index) => text !== counts[index - 1]);
  return changes.length === 0 ? undefined : `${changes.slice(-MAX_CHANGES).join(', then ')} counted`;
};

interface JobCostProps {
  readonly job: Job;
  readonly now: number;
  readonly zone: string;
}

const HeldHint = ({ job: { held }, zone }: JobCostProps) =>
  held ? (
    <p class="hint">
      counted up to <Time at={held.from} zone={zone} />; the time since then is held
    </p>
  ) : null;

/** Where not all charges are listed, only what the API says of all of them. */
const HintOfAll = (props: JobCostProps) => {
  const { waitsFor } = props.job;
  return (
    <>
      {waitsFor && <p class="hint">and time without a price yet, which waits for {waitsFor.join(' and ')}</p>}
      <HeldHint {...props} />
      <p class="hint">the exact amounts of all charges, added up and rounded once</p>
    </>
  );
};

/** How the amount comes about, or why there is none. */
const AmountHint = (props: JobCostProps): ComponentChildren => {
  const { job } = props;
  if (job.moreCharges !== undefined) return <HintOfAll {...props} />;
  const rated = job.charges.filter((charge) => !isUnrated(charge));
  const unrated = job.charges.filter((charge) => isUnrated(charge) && charge.minutes > 0);
  const [waiting] = unrated;
  const minutes = unrated.reduce((sum, charge) => sum + charge.minutes, 0);
  return (
    <>
      {job.charges.length === 0 && <BilledText job={job} />}
      {waiting && rated.length > 0 && (
        <p class="hint">
          and {count(minutes)} min without a price yet, {billedOnce(waiting)}
        </p>
      )}
      {waiting && rated.length === 0 && (
        <p class="hint">
          {count(minutes)} min, {billedOnce(waiting)}
        </p>
      )}
      <HeldHint {...props} />
      {rated.length > 1 && (
        <p class="hint">the exact amounts of {counted(rated.length, 'charge')}, added up and rounded once</p>
      )}
    </>
  );
};

const Amount = (props: JobCostProps) => {
  const { job } = props;
  const hasNoPrice = job.moreCharges === undefined && job.charges.length > 0 && job.charges.every(isUnrated);
  return (
    <div>
      <h2 id="cost">{job.status !== undefined && isFinal(job.status) ? 'Cost' : 'Cost so far'}</h2>
      <p class={hasNoPrice ? 'total none' : 'total'} data-testid="cost">
        {hasNoPrice ? 'No price yet' : <Money amount={job.cost} currency={job.currency} />}
      </p>
      <AmountHint {...props} />
    </div>
  );
};

/** "last event 2 d 3 h ago" of a job that has not ended. */
const lastHeard = ({ job, now }: JobCostProps): string | undefined => {
  const last = job.transitions.findLast(({ retracted }) => !retracted);
  return last === undefined || isFinal(last.status)
    ? undefined
    : `last event ${roughDuration(now - Date.parse(last.time))} ago`;
};

/** What a job costs, its status, its resources and its labels. */
export const JobCost = (props: JobCostProps) => {
  const { job } = props;
  const { resources, labels, timeout } = job;
  const minutes = job.charges.reduce((sum, one) => sum + one.minutes, 0);
  return (
    <section class="card hero" aria-labelledby="cost">
      <Amount {...props} />
      <dl class="facts brief">
        <Fact name="Status" class="figure small" hint={lastHeard(props)}>
          {job.status ?? 'none: every event was taken back'}
        </Fact>
        <Fact name="Resources" class="figure small" hint={countedText(job)}>
          {resources ? `${resources.flavor} × ${countsText(resources)}` : 'not stated'}
        </Fact>
        {timeout !== undefined && (
          <Fact name="Timeout" class="figure small" hint="a run without a stop counts for at most this long">
            {timeoutText(timeout)}
          </Fact>
        )}
        <Fact
          name="Minutes counted"
          class="figure small"
          hint={job.moreCharges === undefined ? undefined : 'by the charges that are shown'}
        >
          {count(minutes)}
        </Fact>
      </dl>
      {labels && Object.keys(labels).length > 0 && <LabelTags labels={labels} />}
    </section>
  );
};
