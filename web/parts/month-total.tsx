import { useEffect, useState } from 'preact/hooks';
import type { JobUsage, Usage } from '../../lib/shapes/usage.ts';
import { clockText, monthName, type Span } from '../calendar.ts';
import { forecastOf } from '../forecast.ts';
import { costPerHour } from '../live-usage.ts';
import { grouped } from '../money.ts';
import type { AllPages, Answer } from '../use-answer.ts';
import { Fact } from './fact.tsx';
import { JobLink } from './job-link.tsx';
import { compareCost } from './job-table.tsx';
import { counted, Money } from './text.tsx';

const MINUTE_MS = 60_000;

/** The total for screen readers: announced at once, then at most once a minute. */
const SpokenTotal = ({ text, now }: { readonly text: string; readonly now: number }) => {
  const [spoken, setSpoken] = useState(text);
  // The minute alone is the dependency: a new text waits for the next one.
  useEffect(() => setSpoken(text), [Math.floor(now / MINUTE_MS)]);
  return (
    <p class="visually-hidden" role="status">
      {spoken}
    </p>
  );
};

const Forecasts = ({
  usage,
  span,
  now,
}: {
  readonly usage: Usage;
  readonly span: Span;
  readonly now: number;
}) => {
  const { atThisPace, ifAllKeepRunning } = forecastOf(usage, span, now);
  const { currency, running } = usage;
  return (
    <>
      {atThisPace !== undefined && (
        <Fact class="figure" name="Forecast at this month’s pace" hint="total ÷ time passed × whole month">
          <Money amount={atThisPace} currency={currency} />
        </Fact>
      )}
      {running.count > 0 && (
        <Fact
          class="figure"
          name="If what runs now never stops"
          hint="until the month ends; no limit is reached, and nothing starts"
        >
          <Money amount={ifAllKeepRunning} currency={currency} />
        </Fact>
      )}
    </>
  );
};

const RunningNow = ({ usage: { running, currency } }: { readonly usage: Usage }) => (
  <Fact
    class="figure"
    name="Running now"
    hint={
      running.count > 0
        ? `${grouped(costPerHour(running.charges, currency))} ${currency} per hour`
        : undefined
    }
  >
    {counted(running.count, 'job')}
  </Fact>
);

/** Nothing while jobs are loading, or if they are not all loaded. */
const MostExpensiveJob = ({
  projectId,
  jobs,
}: {
  readonly projectId: string;
  readonly jobs: Answer<AllPages<JobUsage>>;
}) => {
  if (jobs.state !== 'ready') return null;
  const { items, isTruncated } = jobs.value;
  const [job] = items.toSorted(compareCost);
  if (!job || isTruncated) return null;
  return (
    <Fact
      class="figure"
      name={`Most expensive of ${counted(items.length, 'job')}`}
      hint={`${grouped(job.cost)} ${job.currency}`}
    >
      <JobLink projectId={projectId} jobId={job.jobId} />
    </Fact>
  );
};

/** The total of a month, and the figures beside it. */
export const MonthTotal = ({
  usage,
  now,
  span,
  isCurrent,
  zone,
  jobs,
}: {
  readonly usage: Usage;
  readonly now: number;
  readonly span: Span;
  readonly isCurrent: boolean;
  readonly zone: string;
  readonly jobs: Answer<AllPages<JobUsage>>;
}) => {
  const name = monthName(usage.month);
  return (
    <section class="card hero" aria-labelledby="total">
      <div>
        <h2 id="total">{isCurrent ? `${name} so far` : `Total of ${name}`}</h2>
        <p class="total" data-testid="total">
          <Money amount={usage.total} currency={usage.currency} />
        </p>
        <p class="hint">
          {isCurrent ? (
            <>
              up to <span class="tabular">{clockText(now, zone)}</span> {zone}
            </>
          ) : (
            'as it is known now'
          )}
        </p>
        {isCurrent && (
          <SpokenTotal text={`${grouped(usage.total)} ${usage.currency} so far in ${name}`} now={now} />
        )}
      </div>
      <dl class="facts">
        {isCurrent && <Forecasts usage={usage} span={span} now={now} />}
        {isCurrent && <RunningNow usage={usage} />}
        <MostExpensiveJob projectId={usage.projectId} jobs={jobs} />
      </dl>
    </section>
  );
};
