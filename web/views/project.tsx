import type { Line } from '../../lib/shapes/line.ts';
import type { Statement, Statements } from '../../lib/shapes/statement.ts';
import type { JobUsage, ProjectJobs, Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { dateAt, monthName, monthSpan } from '../calendar.ts';
import { usageAt } from '../live-usage.ts';
import { Budgets } from '../parts/budgets.tsx';
import { Card } from '../parts/card.tsx';
import { CheckedBill } from '../parts/checked-bill.tsx';
import { DayChart } from '../parts/day-chart.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { FlavorTable } from '../parts/flavor-table.tsx';
import { HeldJobs } from '../parts/held-jobs.tsx';
import { JobList } from '../parts/job-list.tsx';
import { LabelGroups } from '../parts/label-groups.tsx';
import { MonthBilled } from '../parts/month-billed.tsx';
import { MonthComparison } from '../parts/month-comparison.tsx';
import { MonthPicker } from '../parts/month-picker.tsx';
import { MonthTotal } from '../parts/month-total.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { PeakDay } from '../parts/peak-day.tsx';
import { PendingCorrections } from '../parts/pending-corrections.tsx';
import { PrintedAsOf } from '../parts/printed.tsx';
import { RunningJobs } from '../parts/running-jobs.tsx';
import { flavorsOf } from '../parts/series.ts';
import { SnapshotNote } from '../parts/snapshot-note.tsx';
import { StatementList } from '../parts/statement-list.tsx';
import { StatementPreview } from '../parts/statement-preview.tsx';
import { Unsuccessful } from '../parts/status-filter.tsx';
import { TwelveMonths } from '../parts/twelve-months.tsx';
import { UnknownProject } from '../parts/unknown-project.tsx';
import { UnratedJobs } from '../parts/unrated-jobs.tsx';
import { type Choices, linkTo, type Route } from '../route.ts';
import { hasScope } from '../token.ts';
import { type Answer, LIVE_MS, SETTLED_MS, useRead } from '../use-answer.ts';
import { useServerNow } from '../use-now.ts';
import { useStatement } from '../use-statement.ts';
import { useZone } from '../zone.ts';

type ProjectRoute = Extract<Route, { view: 'project' }>;

/** A statement may be issued at any time, once a month. */
const STATEMENTS_MS = 5 * 60_000;

/** Jobs of which the labels, and those of the highest day, are known: the dearest ones. */
const SAMPLE = '100';

/** Only late facts change the usage of an ended month. */
const freshMsOf = ({ month, timeZone, asOf }: Usage): number =>
  Date.parse(asOf) < monthSpan(month, timeZone).end ? LIVE_MS : SETTLED_MS;

/** The usage of a month, counted up to the server's time now. */
const useLiveUsage = (read: Usage, receivedAt: number) => {
  const zone = useZone(read.timeZone) ?? read.timeZone;
  const span = monthSpan(read.month, zone);
  const serverNow = useServerNow(read.asOf, receivedAt);
  // The figures of a snapshot stand still: all of them are of one time.
  const now = read.snapshot ? Date.parse(read.asOf) : serverNow;
  const isCurrent = now >= span.start && now < span.end;
  return { usage: usageAt(read, now, span.end), now, span, isCurrent, zone };
};

/** The statements of a project, and that of one month where it is issued. */
const useStatements = (projectId: string, month: string) => {
  const statements = useRead<Statements>(paths.statements(projectId), () => STATEMENTS_MS);
  const summary =
    statements.state === 'ready' ? statements.value.statements.find((one) => one.month === month) : undefined;
  const answer = useStatement<Statement>(summary && paths.statement(projectId, month));
  return { statements, summary, statement: answer.state === 'ready' ? answer.value : undefined };
};

/** The lines of a month's statement for usage of that month. */
const usageLines = (statement: Statement | undefined): readonly Line[] | undefined =>
  statement?.lines.filter(({ kind }) => kind === 'usage');

const Unused = ({ month, isCurrent }: { readonly month: string; readonly isCurrent: boolean }) => (
  <Notice title={`Nothing was used in ${monthName(month)}`}>
    <p>
      {isCurrent
        ? 'A job shows here seconds after it reports that it runs. If one is missing, check that its events are sent and that they name this project.'
        : 'No job of this project has a charge in this month. Other months may have some.'}
    </p>
  </Notice>
);

const NotBegun = ({ projectId, month }: { readonly projectId: string; readonly month: string }) => (
  <Notice title={`${monthName(month)} has not begun`}>
    <p>Its usage shows here once it has.</p>
    <p>
      <a href={linkTo({ view: 'project', projectId })}>The current month</a>
    </p>
  </Notice>
);

interface LiveProps {
  readonly usage: Usage;
  readonly now: number;
  readonly isCurrent: boolean;
  readonly zone: string;
}

const Running = ({ usage: { running, currency }, now, zone }: LiveProps) =>
  running.charges.every(({ held }) => held) ? null : (
    <Card id="running" title="Running now">
      <RunningJobs running={running} currency={currency} now={now} zone={zone} />
    </Card>
  );

const PerDay = ({
  live: { usage, now, isCurrent, zone },
  jobs,
}: {
  readonly live: LiveProps;
  readonly jobs: readonly JobUsage[];
}) => {
  const { days, month, currency } = usage;
  return days.length === 0 ? null : (
    <Card id="per-day" title={`Cost per day, ${currency}`}>
      <DayChart
        month={month}
        days={days}
        currency={currency}
        today={isCurrent ? dateAt(now, zone) : undefined}
      />
      <PeakDay usage={usage} jobs={jobs} zone={zone} />
      <p class="hint">
        Days begin and end at midnight in {zone}.{!isCurrent && ' Usage that was reported later is included.'}
      </p>
    </Card>
  );
};

const ByFlavor = ({
  usage: { lines, days, currency },
  billed,
}: {
  readonly usage: Usage;
  readonly billed: readonly Line[] | undefined;
}) =>
  lines.length === 0 && billed === undefined ? null : (
    <Card id="by-flavor" title="By flavor">
      <FlavorTable lines={lines} flavors={flavorsOf(days)} billed={billed} currency={currency} />
    </Card>
  );

/** What makes up a month: by day, flavor, label and job, and compared with the one before. */
const MonthDetails = ({
  live,
  read,
  billed,
  byStatus,
  choices,
}: {
  readonly live: LiveProps;
  /** As the API answered. */
  readonly read: Usage;
  readonly billed: readonly Line[] | undefined;
  readonly byStatus: Answer<Usage>;
  readonly choices: Choices;
}) => {
  const { usage, now, isCurrent, zone } = live;
  const freshMs = freshMsOf(read);
  const dearest = useRead<ProjectJobs>(
    paths.jobs(read.projectId, read.month, { sort: 'cost', limit: SAMPLE }),
    () => SETTLED_MS,
  );
  const jobs = dearest.state === 'ready' ? dearest.value.jobs : [];
  return (
    <>
      <PerDay live={live} jobs={jobs} />
      <ByFlavor usage={usage} billed={billed} />
      <LabelGroups usage={read} jobs={jobs} chosen={choices.by} freshMs={freshMs} />
      <MonthComparison usage={read} today={isCurrent ? dateAt(now, zone) : undefined} />
      <Card id="jobs" title="Jobs">
        <JobList usage={read} byStatus={byStatus} choices={choices} freshMs={freshMs} zone={zone} />
      </Card>
    </>
  );
};

interface ProjectMonthProps {
  readonly usage: Usage;
  readonly receivedAt: number;
  readonly route: ProjectRoute;
  readonly mayEdit: boolean;
  /** Reads the usage again. */
  readonly onSaved: () => void;
}

const ProjectMonth = ({ usage: read, receivedAt, route, mayEdit, onSaved }: ProjectMonthProps) => {
  const { projectId, choices = {} } = route;
  const live = useLiveUsage(read, receivedAt);
  const { statements, summary, statement } = useStatements(projectId, read.month);
  const issued = statements.state === 'ready' ? statements.value.statements : [];
  const freshMs = freshMsOf(read);
  const byStatus = useRead<Usage>(paths.usage(projectId, read.month, 'status'), () => freshMs);
  const { usage, isCurrent, now, zone, span } = live;
  const currentMonth = useRead<Usage>(isCurrent ? undefined : paths.usage(projectId), () => LIVE_MS);
  const current = currentMonth.state === 'ready' ? currentMonth.value : undefined;
  const isUnused = usage.lines.length + usage.unrated.count + usage.held.count === 0 && summary === undefined;
  const unsuccessful = <Unsuccessful byStatus={byStatus} choices={choices} />;
  return (
    <>
      <SnapshotNote usage={read} zone={zone} />
      <PrintedAsOf what={monthName(usage.month)} now={now} zone={zone} />
      {isCurrent ? (
        <MonthTotal {...{ usage, now, zone, unsuccessful }} />
      ) : (
        statements.state !== 'loading' && (
          <>
            <MonthBilled {...{ usage, current, zone, summary, statement, unsuccessful }} />
            {!usage.billed && !summary && (
              <StatementPreview projectId={projectId} month={usage.month} zone={zone} />
            )}
          </>
        )
      )}
      <Budgets
        {...{ usage, now, span, zone, isCurrent, choices, onSaved }}
        read={read.budgets ?? []}
        mayEdit={mayEdit && isCurrent}
      />
      <CheckedBill projectId={projectId} month={usage.month} />
      <HeldJobs usage={usage} zone={zone} />
      <UnratedJobs usage={usage} />
      <PendingCorrections usage={usage} />
      <Running {...live} />
      <TwelveMonths
        projectId={projectId}
        statements={issued}
        current={isCurrent ? usage : current}
        shown={usage.month}
      />
      {isUnused ? (
        <Unused month={usage.month} isCurrent={isCurrent} />
      ) : (
        <MonthDetails {...{ live, read, byStatus, choices }} billed={usageLines(statement)} />
      )}
      <Shown answer={statements} what="statements">
        {({ value }) => (
          <StatementList
            projectId={projectId}
            statements={value.statements}
            emptyMonth={usage.billed && !summary ? usage.month : undefined}
          />
        )}
      </Shown>
    </>
  );
};

const hasBegun = ({ month, timeZone, asOf }: Usage): boolean =>
  monthSpan(month, timeZone).start <= Date.parse(asOf);

/** What a project costs in a month, by day, flavor and job. */
export const ProjectView = ({ token, route }: { readonly token: string; readonly route: ProjectRoute }) => {
  const { projectId, month } = route;
  const usage = useRead<Usage>(paths.usage(projectId, month), freshMsOf);
  const zone = useZone() ?? 'UTC';
  const read = usage.state === 'ready' ? usage.value : undefined;
  const shown = month ?? read?.month;
  const current = dateAt(read ? Date.parse(read.asOf) : Date.now(), read?.timeZone ?? zone).slice(0, 7);
  return (
    <>
      <PageTitle kicker="Project" title={projectId} isId>
        {shown !== undefined && (
          <MonthPicker
            month={shown}
            current={current}
            linkTo={(other) => linkTo({ view: 'project', projectId, month: other })}
          />
        )}
      </PageTitle>
      <Shown answer={usage} what={`project ${projectId}`}>
        {({ value, receivedAt }) => {
          if (value.unknown) return <UnknownProject projectId={projectId} />;
          if (!hasBegun(value)) return <NotBegun projectId={projectId} month={value.month} />;
          return (
            <ProjectMonth
              {...{ receivedAt, route }}
              key={value.month}
              usage={value}
              mayEdit={hasScope(token, 'budgets:write')}
              onSaved={usage.retry}
            />
          );
        }}
      </Shown>
    </>
  );
};
