import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Line } from '../../lib/shapes/line.ts';
import type { Statement, StatementSummary, Statements } from '../../lib/shapes/statement.ts';
import type { JobUsage, ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { clockText, dateAt, monthName, monthSpan, type Span } from '../calendar.ts';
import { forecastOf } from '../forecast.ts';
import { costPerHour, usageAt } from '../live-usage.ts';
import { grouped } from '../money.ts';
import { DayChart } from '../parts/day-chart.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { FlavorTable } from '../parts/flavor-table.tsx';
import { compareCost, JobTable } from '../parts/job-table.tsx';
import { MonthPicker } from '../parts/month-picker.tsx';
import { RunningJobs } from '../parts/running-jobs.tsx';
import { flavorsOf } from '../parts/series.ts';
import { counted, Money } from '../parts/text.tsx';
import { linkTo, type Route } from '../route.ts';
import { partsOf } from '../statement-lines.ts';
import { type AllPages, type Answer, readPages, useAnswer, useRead } from '../use-answer.ts';
import { useServerNow } from '../use-now.ts';
import { useZone } from '../zone.ts';

const POLL_MS = 10_000;
const MINUTE_MS = 60_000;

type ProjectRoute = Extract<Route, { view: 'project' }>;

/** A month that has ended changes only when somebody reports late. */
const pollMs = ({ month, timeZone, asOf }: Usage): number | undefined =>
  Date.parse(asOf) < monthSpan(month, timeZone).end ? POLL_MS : undefined;

/** Tells the total to those who hear the page: at once, and then once a minute at most. */
const SpokenTotal = ({ text, now }: { readonly text: string; readonly now: number }) => {
  const [spoken, setSpoken] = useState(text);
  // It speaks by the minute, not whenever the text changes.
  useEffect(() => setSpoken(text), [Math.floor(now / MINUTE_MS)]);
  return (
    <p class="visually-hidden" role="status">
      {spoken}
    </p>
  );
};

/** A figure with its name, and a word on it. */
const Fact = ({
  name,
  hint,
  children,
}: {
  readonly name: string;
  readonly hint?: string;
  readonly children: ComponentChildren;
}) => (
  <div>
    <dt>{name}</dt>
    <dd class="figure">{children}</dd>
    {hint !== undefined && <dd class="hint">{hint}</dd>}
  </div>
);

const Forecasts = ({
  usage,
  span,
  now,
}: {
  readonly usage: Usage;
  readonly span: Span;
  readonly now: number;
}) => {
  const { atThisPace, ifAllRunOn } = forecastOf(usage, span, now);
  const { currency, running } = usage;
  return (
    <>
      {atThisPace !== undefined && (
        <Fact name="Forecast at this month’s pace" hint="total ÷ time passed × whole month">
          <Money amount={atThisPace} currency={currency} />
        </Fact>
      )}
      {running.count > 0 && (
        <Fact name="If what runs now never stops" hint="until the month ends, and nothing starts">
          <Money amount={ifAllRunOn} currency={currency} />
        </Fact>
      )}
    </>
  );
};

const Attention = ({ usage }: { readonly usage: Usage }) => {
  const jobLinks = (charges: Usage['held']['charges']) =>
    [...new Set(charges.map(({ jobId }) => jobId))].slice(0, 5).map((jobId, index) => (
      <span key={jobId}>
        {index > 0 && ', '}
        <a href={linkTo({ view: 'job', jobId })}>{jobId}</a>
      </span>
    ));
  return (
    <>
      {usage.held.count > 0 && (
        <p class="callout warning">
          <strong>Held: {counted(usage.held.count, 'charge')}.</strong> These ran longer than the tariff’s
          limit, which often means that their stop was never reported. What is beyond the limit is not in the
          total and not billed by itself: {jobLinks(usage.held.charges)}
        </p>
      )}
      {usage.unrated.count > 0 && (
        <p class="callout warning">
          <strong>No price yet: {counted(usage.unrated.count, 'charge')}.</strong> The flavor has no price, or
          no resources were stated. They are not in the total and will be billed once there is a price:{' '}
          {jobLinks(usage.unrated.charges)}
        </p>
      )}
    </>
  );
};

/** The lines of a month's own statement for its own usage. */
const ownLines = (statement: Statement | undefined): readonly Line[] | undefined =>
  statement?.lines.filter(({ kind }) => kind === 'usage');

/** The job that cost most, beside how many there are. */
const Dearest = ({ jobs }: { readonly jobs: Answer<AllPages<JobUsage>> }) => {
  if (jobs.state !== 'ready') return null;
  const { items, isCut } = jobs.value;
  const [job] = items.toSorted(compareCost);
  if (!job || isCut) return null;
  return (
    <Fact
      name={`Most expensive of ${counted(items.length, 'job')}`}
      hint={`${grouped(job.cost)} ${job.currency}`}
    >
      <a class="id" href={linkTo({ view: 'job', jobId: job.jobId })}>
        {job.jobId}
      </a>
    </Fact>
  );
};

const Totals = ({
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
}) => (
  <section class="card hero" aria-labelledby="total">
    <div>
      <h2 id="total">
        {isCurrent ? `${monthName(usage.month)} so far` : `Total of ${monthName(usage.month)}`}
      </h2>
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
        <SpokenTotal
          text={`${grouped(usage.total)} ${usage.currency} so far in ${monthName(usage.month)}`}
          now={now}
        />
      )}
    </div>
    <dl class="facts">
      {isCurrent && <Forecasts usage={usage} span={span} now={now} />}
      {isCurrent && (
        <Fact
          name="Running now"
          {...(usage.running.count > 0 && {
            hint: `${grouped(costPerHour(usage.running.charges, usage.currency))} ${usage.currency} per hour`,
          })}
        >
          {counted(usage.running.count, 'job')}
        </Fact>
      )}
      <Dearest jobs={jobs} />
    </dl>
  </section>
);

/** Why a statement's total is not the month's: it also carries what was learned of earlier months. */
const Difference = ({ statement }: { readonly statement: Statement }) => {
  const [own, corrections] = partsOf(statement.lines, statement.currency);
  if (!own || !corrections || corrections.lines.length === 0) return null;
  return (
    <>
      {' '}
      It is {grouped(own.sum)} for the month itself and {grouped(corrections.sum)} in corrections of earlier
      months.
    </>
  );
};

const StatementNote = ({
  summary,
  statement,
  usage,
  projectId,
}: {
  readonly summary: StatementSummary | undefined;
  readonly statement: Statement | undefined;
  readonly usage: Usage;
  readonly projectId: string;
}) =>
  summary === undefined ? (
    <p class="callout">The month has no statement: it is not issued yet, or there was nothing to bill.</p>
  ) : (
    <p class="callout">
      <a href={linkTo({ view: 'statement', projectId, month: usage.month })}>
        The statement of {monthName(usage.month)}
      </a>{' '}
      asks {grouped(summary.total)} {summary.currency}.{statement && <Difference statement={statement} />}
    </p>
  );

const StatementList = ({
  projectId,
  statements,
}: {
  readonly projectId: string;
  readonly statements: Statements['statements'];
}) => (
  <section class="card" aria-labelledby="statements">
    <h2 id="statements">Statements</h2>
    {statements.length === 0 ? (
      <p class="empty">None yet. A statement is issued once its month has ended.</p>
    ) : (
      <ul class="list">
        {statements.map(({ month, total, currency }) => (
          <li key={month}>
            <a class="row-link" href={linkTo({ view: 'statement', projectId, month })}>
              <span>{monthName(month)}</span>
              <Money amount={total} currency={currency} />
            </a>
          </li>
        ))}
      </ul>
    )}
  </section>
);

const ProjectMonth = ({
  usage: read,
  receivedAt,
  projectId,
}: {
  readonly usage: Usage;
  readonly receivedAt: number;
  readonly projectId: string;
}) => {
  const zone = useZone(read.timeZone) ?? read.timeZone;
  const { month, currency } = read;
  const span = monthSpan(month, zone);
  const serverNow = useServerNow(read.asOf, receivedAt);
  const isCurrent = serverNow >= span.start && serverNow < span.end;
  const usage = usageAt(read, serverNow, span.end);
  const flavors = flavorsOf(read.days);

  const jobsPath = paths.jobs(projectId, month);
  const jobs = useAnswer(
    jobsPath,
    (api, signal) => readPages(api, jobsPath, ({ jobs: page }: ProjectJobs) => page, signal),
    () => pollMs(read),
  );
  const statements = useRead<Statements>(paths.statements(projectId));
  const issued =
    statements.state === 'ready' ? statements.value.statements.find((one) => one.month === month) : undefined;
  const statement = useRead<Statement>(issued && paths.statement(projectId, month));
  const isUnused = usage.lines.length === 0 && usage.unrated.count === 0 && issued === undefined;
  const billed = statement.state === 'ready' ? ownLines(statement.value) : undefined;
  return (
    <>
      <Totals {...{ usage, now: serverNow, span, isCurrent, zone, jobs }} />
      <Attention usage={usage} />
      {!isCurrent && !isUnused && statements.state === 'ready' && (
        <StatementNote
          summary={issued}
          statement={statement.state === 'ready' ? statement.value : undefined}
          usage={usage}
          projectId={projectId}
        />
      )}
      {usage.running.count > 0 && (
        <section class="card" aria-labelledby="running">
          <h2 id="running">Running now</h2>
          <RunningJobs running={usage.running} currency={currency} now={serverNow} zone={zone} />
        </section>
      )}
      {isUnused && (
        <Notice title={`Nothing was used in ${monthName(month)}`}>
          <p>
            {isCurrent
              ? 'A job shows here seconds after it reports that it runs. If one should be here, check that its events are sent and name this project.'
              : 'No job of this project was charged in this month. Other months may have usage.'}
          </p>
        </Notice>
      )}
      {read.days.length > 0 && (
        <section class="card" aria-labelledby="per-day">
          <h2 id="per-day">Cost per day, {currency}</h2>
          <DayChart
            month={month}
            days={read.days}
            currency={currency}
            today={isCurrent ? dateAt(serverNow, zone) : undefined}
          />
          <p class="hint">Days are those of {zone}.</p>
        </section>
      )}
      {(usage.lines.length > 0 || billed !== undefined) && (
        <section class="card" aria-labelledby="by-flavor">
          <h2 id="by-flavor">By flavor</h2>
          <FlavorTable lines={usage.lines} flavors={flavors} billed={billed} currency={currency} />
        </section>
      )}
      {!isUnused && (
        <section class="card" aria-labelledby="jobs">
          <h2 id="jobs">ProjectJobs, the most expensive first</h2>
          <Shown answer={jobs} what="jobs">
            {({ value: { items, isCut } }) => <JobTable jobs={items} isCut={isCut} />}
          </Shown>
        </section>
      )}
      <Shown answer={statements} what="statements">
        {({ value }) => <StatementList projectId={projectId} statements={value.statements} />}
      </Shown>
    </>
  );
};

/** What a project costs in a month, and by what. */
export const ProjectView = ({ route: { projectId, month } }: { readonly route: ProjectRoute }) => {
  const usage = useRead<Usage>(paths.usage(projectId, month), pollMs);
  const zone = useZone() ?? 'UTC';
  const read = usage.state === 'ready' ? usage.value : undefined;
  const shown = month ?? read?.month;
  const current = dateAt(read ? Date.parse(read.asOf) : Date.now(), read?.timeZone ?? zone).slice(0, 7);
  return (
    <>
      <div class="title">
        <div>
          <p class="kicker">Project</p>
          <h1 tabIndex={-1} class="id">
            {projectId}
          </h1>
        </div>
        {shown !== undefined && (
          <MonthPicker
            month={shown}
            current={current}
            linkTo={(other) => linkTo({ view: 'project', projectId, month: other })}
          />
        )}
      </div>
      <Shown answer={usage} what={`project ${projectId}`}>
        {({ value, receivedAt }) => (
          <ProjectMonth key={value.month} usage={value} receivedAt={receivedAt} projectId={projectId} />
        )}
      </Shown>
    </>
  );
};
