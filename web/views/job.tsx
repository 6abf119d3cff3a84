import { useEffect } from 'preact/hooks';
import type { Job } from '../../lib/shapes/job.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { monthSpan } from '../calendar.ts';
import { hasEnded, statusPeriodsOf, timeoutMs } from '../lifecycle.ts';
import { chargeAt } from '../live-usage.ts';
import { roundedSum } from '../money.ts';
import { Card } from '../parts/card.tsx';
import { ChargeList } from '../parts/charge-list.tsx';
import { Loading, Shown } from '../parts/feedback.tsx';
import { HeldRun } from '../parts/held-run.tsx';
import { JobCost } from '../parts/job-cost.tsx';
import { JobStatements } from '../parts/job-statements.tsx';
import { JobWarnings } from '../parts/job-warnings.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { PrintedAsOf } from '../parts/printed.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { linkTo, type Route } from '../route.ts';
import { LIVE_MS, SETTLED_MS, useRead } from '../use-answer.ts';
import { useServerNow } from '../use-now.ts';
import { useZone } from '../zone.ts';

type JobRoute = Extract<Route, { view: 'job' }>;

/** Scrolls to the event or charge that the address names, and focuses it. */
const useArrivalAt = ({ event, charge }: JobRoute) => {
  useEffect(() => {
    const id = event === undefined ? charge && `charge-${charge}` : `event-${event}`;
    const target = id === undefined ? null : document.getElementById(id);
    target?.scrollIntoView({ block: 'center' });
    target?.focus({ preventScroll: true });
  }, [event, charge]);
};

/**
 * What the API would answer at `now` if no fact is recorded in between: no run counts beyond the
 * timeout. Where not all charges are listed it stays as it was read: they do not sum to the cost.
 */
const jobAt = (job: Job, now: number, zone: string): Job => {
  if (job.moreCharges !== undefined) return job;
  const ranFor = job.timeout === undefined ? Number.NaN : timeoutMs(job.timeout);
  const charges = job.charges.map((charge) => {
    const limit = Date.parse(charge.openedBy.time) + ranFor;
    const until = Number.isNaN(limit) ? now : Math.min(now, limit);
    return chargeAt(charge, until, monthSpan(charge.usageMonth, zone).end);
  });
  return {
    ...job,
    charges,
    cost: roundedSum(
      charges.map(({ amountTimes60 }) => amountTimes60),
      job.currency,
    ),
  };
};

const JobDetails = ({
  job: read,
  receivedAt,
  route,
  zone,
}: {
  readonly job: Job;
  readonly receivedAt: number;
  readonly route: JobRoute;
  readonly zone: string;
}) => {
  const now = useServerNow(read.asOf, receivedAt);
  const job = jobAt(read, now, zone);
  useArrivalAt(route);
  return (
    <>
      <PrintedAsOf what="Cost and lifecycle" now={now} zone={zone} />
      <JobCost job={job} now={now} zone={zone} />
      {job.held && <HeldRun job={job} held={job.held} now={now} zone={zone} />}
      <JobWarnings job={job} zone={zone} />
      <div class="columns">
        <div class="stack">
          <Card id="charges" title="Charges: how the cost comes about">
            <ChargeList job={job} chosen={route.charge} zone={zone} />
          </Card>
          <JobStatements job={job} />
        </div>
        <Card id="lifecycle" title="What happened">
          <Timeline job={job} periods={statusPeriodsOf(job, now)} chosen={route.event} zone={zone} />
          <p class="hint">All times are in {zone}.</p>
        </Card>
      </div>
    </>
  );
};

/** While the billing time zone is not loaded yet. */
const LoadingZone = ({
  usage,
  jobId,
}: {
  readonly usage: ReturnType<typeof useRead<Usage>>;
  readonly jobId: string;
}) =>
  usage.state === 'failed' ? (
    <Shown answer={usage} what="billing time zone">
      {() => null}
    </Shown>
  ) : (
    <Loading what={`job ${jobId}`} />
  );

/** A job's cost, charges and lifecycle. The zone is read with the usage if no view has it yet. */
export const JobView = ({ route }: { readonly route: JobRoute }) => {
  const { projectId, jobId } = route;
  const known = useZone();
  const job = useRead<Job>(paths.job(projectId, jobId), (read) => (hasEnded(read) ? SETTLED_MS : LIVE_MS));
  const usage = useRead<Usage>(known === undefined ? paths.usage(projectId) : undefined);
  const zone = useZone(usage.state === 'ready' ? usage.value.timeZone : undefined);
  return (
    <>
      <PageTitle
        kicker={
          <>
            Job of project <a href={linkTo({ view: 'project', projectId })}>{projectId}</a>
          </>
        }
        title={jobId}
        isId
      />
      <Shown answer={job} what={`job ${jobId}`}>
        {({ value, receivedAt }) =>
          zone === undefined ? (
            <LoadingZone usage={usage} jobId={jobId} />
          ) : (
            <JobDetails job={value} receivedAt={receivedAt} route={route} zone={zone} />
          )
        }
      </Shown>
    </>
  );
};
