import type { Line } from '../../lib/shapes/line.ts';
import type { Statement, Statements } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { dateAt, monthName, monthSpan } from '../calendar.ts';
import { usageAt } from '../live-usage.ts';
import { Card } from '../parts/card.tsx';
import { DayChart } from '../parts/day-chart.tsx';
import { Notice, Shown } from '../parts/feedback.tsx';
import { FlavorTable } from '../parts/flavor-table.tsx';
import { JobList } from '../parts/job-list.tsx';
import { LabelGroups } from '../parts/label-groups.tsx';
import { MonthPicker } from '../parts/month-picker.tsx';
import { MonthTotal } from '../parts/month-total.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { PendingCorrections } from '../parts/pending-corrections.tsx';
import { PrintedAsOf } from '../parts/printed.tsx';
import { RunningJobs } from '../parts/running-jobs.tsx';
import { flavorsOf } from '../parts/series.ts';
import { StatementList } from '../parts/statement-list.tsx';
import { StatementNote } from '../parts/statement-note.tsx';
import { UnbilledUsage } from '../parts/unbilled-charges.tsx';
import { linkTo, type Route } from '../route.ts';
import { useRead } from '../use-answer.ts';
import { useServerNow } from '../use-now.ts';
import { useZone } from '../zone.ts';

const POLL_MS = 10_000;

type ProjectRoute = Extract<Route, { view: 'project' }>;

/** Only the current month is polled: usage of an ended one changes by late facts alone. */
const pollMs = ({ month, timeZone, asOf }: Usage): number | undefined =>
  Date.parse(asOf) < monthSpan(month, timeZone).end ? POLL_MS : undefined;

/** The usage of a month, counted up to the server's time now. */
const useLiveUsage = (read: Usage, receivedAt: number) => {
  const zone = useZone(read.timeZone) ?? read.timeZone;
  const span = monthSpan(read.month, zone);
  const now = useServerNow(read.asOf, receivedAt);
  const isCurrent = now >= span.start && now < span.end;
  return { usage: usageAt(read, now, span.end), now, span, isCurrent, zone };
};

/** The statements of a project, and that of one month where it is issued. */
const useStatements = (projectId: string, month: string) => {
  const statements = useRead<Statements>(paths.statements(projectId));
  const summary =
    statements.state === 'ready' ? statements.value.statements.find((one) => one.month === month) : undefined;
  const answer = useRead<Statement>(summary && paths.statement(projectId, month));
  return { statements, summary, statement: answer.state === 'ready' ? answer.value : undefined };
};

/** The lines of a month's statement for usage of that month. */
const usageLines = (statement: Statement | undefined): readonly Line[] | undefined =>
  statement?.lines.filter(({ kind }) => kind === 'usage');

const Unused = ({ month, isCurrent }: { readonly month: string; readonly isCurrent: boolean }) => (
  <Notice title={`Nothing was used in ${monthName(month)}`}>
    <p>
      {isCurrent
        ? 'A job shows here seconds after it reports that it runs. If one should be here, check that its events are sent and name this project.'
        : 'No job of this project was charged in this month. Other months may have usage.'}
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
  running.count === 0 ? null : (
    <Card id="running" title="Running now">
      <RunningJobs running={running} currency={currency} now={now} zone={zone} />
    </Card>
  );

const PerDay = ({ usage: { days, month, currency }, now, isCurrent, zone }: LiveProps) =>
  days.length === 0 ? null : (
    <Card id="per-day" title={`Cost per day, ${currency}`}>
      <DayChart
        month={month}
        days={days}
        currency={currency}
        today={isCurrent ? dateAt(now, zone) : undefined}
      />
      <p class="hint">Days are those of {zone}.</p>
    </Card>
  );

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

const ProjectMonth = ({
  usage: read,
  receivedAt,
  projectId,
}: {
  readonly usage: Usage;
  readonly receivedAt: number;
  readonly projectId: string;
}) => {
  const live = useLiveUsage(read, receivedAt);
  const { statements, summary, statement } = useStatements(projectId, read.month);
  const { usage, isCurrent } = live;
  const isUnused = usage.lines.length === 0 && usage.unrated.count === 0 && summary === undefined;
  return (
    <>
      <PrintedAsOf what={monthName(usage.month)} {...live} />
      <MonthTotal {...live} />
      <UnbilledUsage usage={usage} />
      <PendingCorrections usage={usage} />
      {!isCurrent && !isUnused && statements.state === 'ready' && (
        <StatementNote {...{ summary, statement, projectId, month: usage.month }} />
      )}
      <Running {...live} />
      {isUnused && <Unused month={usage.month} isCurrent={isCurrent} />}
      <PerDay {...live} />
      <ByFlavor usage={usage} billed={usageLines(statement)} />
      {!isUnused && <LabelGroups usage={read} pollMs={pollMs(read)} />}
      {!isUnused && (
        <Card id="jobs" title="Jobs">
          <JobList usage={read} pollMs={pollMs(read)} />
        </Card>
      )}
      <Shown answer={statements} what="statements">
        {({ value }) => <StatementList projectId={projectId} statements={value.statements} />}
      </Shown>
    </>
  );
};

/** What a project costs in a month, by day, flavor and job. */
export const ProjectView = ({ route: { projectId, month } }: { readonly route: ProjectRoute }) => {
  const usage = useRead<Usage>(paths.usage(projectId, month), pollMs);
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
        {({ value, receivedAt }) => (
          <ProjectMonth key={value.month} usage={value} receivedAt={receivedAt} projectId={projectId} />
        )}
      </Shown>
    </>
  );
};
