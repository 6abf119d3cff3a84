import { useEffect } from 'preact/hooks';
import type { Charge } from '../../lib/shapes/charge.ts';
import type { Job } from '../../lib/shapes/job.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { monthName, monthSpan } from '../calendar.ts';
import { eventKey, isEnd, statusOf, staysOf } from '../lifecycle.ts';
import { chargeAt } from '../live-usage.ts';
import { roundedSum } from '../money.ts';
import { ChargeExplained } from '../parts/charge-explained.tsx';
import { Loading, Shown } from '../parts/feedback.tsx';
import { count, counted, Money, unitsText } from '../parts/text.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { linkTo, type Route } from '../route.ts';
import { useRead } from '../use-answer.ts';
import { useServerNow } from '../use-now.ts';
import { useZone } from '../zone.ts';

const POLL_MS = 10_000;

type JobRoute = Extract<Route, { view: 'job' }>;

/** Brings what an address names into view, and the reader to it. */
const useArrivalAt = (route: JobRoute, isShown: boolean) => {
  const { event, charge } = route;
  useEffect(() => {
    if (!isShown) return;
    const id = event === undefined ? charge && `charge-${charge}` : `event-${event}`;
    const target = id === undefined ? null : document.getElementById(id);
    target?.scrollIntoView({ block: 'center' });
    target?.focus({ preventScroll: true });
  }, [event, charge, isShown]);
};

const ChargeCard = ({
  job,
  charge,
  index,
  isChosen,
  zone,
}: {
  readonly job: Job;
  readonly charge: Charge;
  readonly index: number;
  readonly isChosen: boolean;
  readonly zone: string;
}) => {
  const eventName = (evidence: Charge['openedBy'], word: string) => (
    <>
      <strong>{statusOf(job, evidence) ?? 'billable'}</strong> {word} event{' '}
      <a href={linkTo({ view: 'job', jobId: job.jobId, event: eventKey(evidence) })}>
        <code>{evidence.id}</code>
      </a>
    </>
  );
  return (
    <li class={`charge ${isChosen ? 'chosen' : ''}`} id={`charge-${charge.start}`} tabIndex={-1}>
      <h4>
        Charge {index + 1}
        {charge.endedBy.cause === 'now' && <span class="tag live">running</span>}
        {charge.held && <span class="tag warning">held</span>}
      </h4>
      <ChargeExplained charge={charge} currency={job.currency} zone={zone} eventName={eventName} />
    </li>
  );
};

const Charges = ({
  job,
  chosen,
  zone,
}: {
  readonly job: Job;
  readonly chosen: string | undefined;
  readonly zone: string;
}) => {
  const months = [...new Set(job.charges.map(({ usageMonth }) => usageMonth))].sort();
  if (job.charges.length === 0)
    return <p class="empty">Nothing is charged: no time in a billable status is known.</p>;
  return (
    <>
      {months.map((month) => {
        const ofMonth = job.charges.filter(({ usageMonth }) => usageMonth === month);
        return (
          <section key={month} aria-label={monthName(month)}>
            <h3 class="with-sum">
              <a href={linkTo({ view: 'project', projectId: job.projectId, month })}>{monthName(month)}</a>
              <Money
                amount={roundedSum(
                  ofMonth.map(({ amountTimes60 }) => amountTimes60),
                  job.currency,
                )}
                currency={job.currency}
              />
            </h3>
            <ol class="charges">
              {ofMonth.map((charge) => (
                <ChargeCard
                  key={charge.start}
                  job={job}
                  charge={charge}
                  index={job.charges.indexOf(charge)}
                  isChosen={charge.start === chosen}
                  zone={zone}
                />
              ))}
            </ol>
          </section>
        );
      })}
    </>
  );
};

/** The job as the API would tell it at `now`, if nothing happened meanwhile. */
const jobAt = (job: Job, now: number, zone: string): Job => {
  const charges = job.charges.map((charge) => chargeAt(charge, now, monthSpan(charge.usageMonth, zone).end));
  return {
    ...job,
    charges,
    cost: roundedSum(
      charges.map(({ amountTimes60 }) => amountTimes60),
      job.currency,
    ),
  };
};

const JobFacts = ({ job }: { readonly job: Job }) => {
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
        <div>
          <dt>Status</dt>
          <dd class="figure small">{job.status ?? 'all taken back'}</dd>
        </div>
        <div>
          <dt>Resources</dt>
          <dd class="figure small">{resources?.flavor ?? 'not stated'}</dd>
          {charge?.unit !== undefined && <dd class="hint">{unitsText(charge.units, charge.unit)} billed</dd>}
        </div>
        <div>
          <dt>Commenced minutes</dt>
          <dd class="figure small">{count(minutes)}</dd>
        </div>
      </dl>
    </section>
  );
};

const Warnings = ({ warnings }: { readonly warnings: readonly string[] }) =>
  warnings.length === 0 ? null : (
    <section class="callout warning" aria-labelledby="warnings">
      <h2 id="warnings">
        {counted(warnings.length, 'thing')} that {warnings.length === 1 ? 'does' : 'do'} not look right
      </h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      <p class="hint">The job is billed by the rules all the same.</p>
    </section>
  );

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
  useArrivalAt(route, true);
  return (
    <>
      <JobFacts job={job} />
      <Warnings warnings={job.warnings} />
      <div class="columns">
        <section class="card" aria-labelledby="charges">
          <h2 id="charges">Charges: how the cost comes about</h2>
          <Charges job={job} chosen={route.charge} zone={zone} />
        </section>
        <section class="card" aria-labelledby="lifecycle">
          <h2 id="lifecycle">What happened</h2>
          <Timeline job={job} stays={staysOf(job, now)} chosen={route.event} zone={zone} />
          <p class="hint">Times are those of {zone}.</p>
        </section>
      </div>
    </>
  );
};

/** A job's life and its charges. The API names the billing zone in usage only, so that is asked for it where no other view has learned it yet. */
export const JobView = ({ route }: { readonly route: JobRoute }) => {
  const { jobId } = route;
  const known = useZone();
  const job = useRead<Job>(paths.job(jobId), ({ status }) =>
    status !== undefined && isEnd(status) ? undefined : POLL_MS,
  );
  const projectId = job.state === 'ready' ? job.value.projectId : undefined;
  const usage = useRead<Usage>(
    known === undefined && projectId !== undefined ? paths.usage(projectId) : undefined,
  );
  const zone = useZone(usage.state === 'ready' ? usage.value.timeZone : undefined);
  return (
    <>
      <div class="title">
        <div>
          <p class="kicker">
            {projectId === undefined ? (
              'Job'
            ) : (
              <>
                Job of project <a href={linkTo({ view: 'project', projectId })}>{projectId}</a>
              </>
            )}
          </p>
          <h1 tabIndex={-1} class="id">
            {jobId}
          </h1>
        </div>
      </div>
      <Shown answer={job} what={`job ${jobId}`}>
        {({ value, receivedAt }) =>
          zone === undefined ? (
            usage.state === 'failed' ? (
              <Shown answer={usage} what="billing time zone">
                {() => null}
              </Shown>
            ) : (
              <Loading what={`job ${jobId}`} />
            )
          ) : (
            <JobDetails job={value} receivedAt={receivedAt} route={route} zone={zone} />
          )
        }
      </Shown>
    </>
  );
};
