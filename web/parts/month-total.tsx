import { useEffect, useState } from 'preact/hooks';
import type { ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { clockText, monthName } from '../calendar.ts';
import { costPerHour } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { useRead } from '../use-answer.ts';
import { Fact } from './fact.tsx';
import { JobLink } from './job-link.tsx';
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

const Forecasts = ({ usage: { forecast, running, currency } }: { readonly usage: Usage }) => (
  <>
    {forecast?.atThisPace !== undefined && (
      <Fact class="figure" name="Forecast at this month’s pace" hint="total ÷ time passed × whole month">
        <Money amount={forecast.atThisPace} currency={currency} />
      </Fact>
    )}
    {forecast && running.count > 0 && (
      <Fact
        class="figure"
        name="If what runs now never stops"
        hint="until the month ends or a limit is reached, at published prices"
      >
        <Money amount={forecast.ifAllKeepRunning} currency={currency} />
      </Fact>
    )}
  </>
);

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

/** Nothing while it is loading. */
const MostExpensiveJob = ({ usage: { projectId, month } }: { readonly usage: Usage }) => {
  const dearest = useRead<ProjectJobs>(paths.jobs(projectId, month, { sort: 'cost', limit: '1' }));
  const job = dearest.state === 'ready' ? dearest.value.jobs[0] : undefined;
  if (!job) return null;
  return (
    <Fact class="figure" name="Most expensive job" hint={`${grouped(job.cost)} ${job.currency}`}>
      <JobLink projectId={projectId} jobId={job.jobId} />
    </Fact>
  );
};

/** The total of a month, and the figures beside it. */
export const MonthTotal = ({
  usage,
  now,
  isCurrent,
  zone,
}: {
  readonly usage: Usage;
  readonly now: number;
  readonly isCurrent: boolean;
  readonly zone: string;
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
        {isCurrent && <Forecasts usage={usage} />}
        {isCurrent && <RunningNow usage={usage} />}
        <MostExpensiveJob usage={usage} />
      </dl>
    </section>
  );
};
