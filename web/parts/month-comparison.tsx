import type { Usage } from '../../lib/shapes/usage.ts';
import { paths } from '../api.ts';
import { dayName, monthName, nextMonth } from '../calendar.ts';
import { count } from '../money.ts';
import {
  type Change,
  changesTogether,
  difference,
  flavorChanges,
  jobChanges,
  totalUpTo,
} from '../month-changes.ts';
import { linkTo } from '../route.ts';
import { SETTLED_MS, useRead } from '../use-answer.ts';
import { Card } from './card.tsx';
import { Fact } from './fact.tsx';
import { Loading } from './feedback.tsx';
import { JobLink } from './job-link.tsx';
import { NumberCell, NumberHead } from './table-cells.tsx';
import { Money, Signed } from './text.tsx';

/** Changes listed of each kind. */
const MAX_LISTED = 5;
/** A month is compared job by job again after so long. */
const COMPARED_MS = 60_000;

interface Months {
  readonly before: Usage;
  readonly now: Usage;
}

/** The cells of a change. */
const Amounts = ({
  of: { before, now, change },
  months,
}: {
  readonly of: Omit<Change, 'name'>;
  readonly months: Months;
}) => (
  <>
    <NumberCell label={monthName(months.before.month)}>
      <Money amount={before} currency={months.before.currency} />
    </NumberCell>
    <NumberCell label={monthName(months.now.month)}>
      <Money amount={now} currency={months.now.currency} />
    </NumberCell>
    <NumberCell label="Change" isStrong>
      <Signed amount={change} currency={months.now.currency} />
    </NumberCell>
  </>
);

const Rows = ({
  title,
  changes,
  months,
  nameOf,
}: {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly months: Months;
  readonly nameOf: (name: string) => preact.ComponentChildren;
}) =>
  changes.length === 0 ? null : (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={4}>
          {title}
        </th>
      </tr>
      {changes.slice(0, MAX_LISTED).map(({ name, ...change }) => (
        <tr key={name}>
          <th scope="row">{nameOf(name)}</th>
          <Amounts of={change} months={months} />
        </tr>
      ))}
      {changes.length > MAX_LISTED && (
        <tr>
          <th scope="row" class="hint">
            {count(changes.length - MAX_LISTED)} more with smaller changes
          </th>
          <Amounts of={changesTogether(changes.slice(MAX_LISTED), months.now.currency)} months={months} />
        </tr>
      )}
    </tbody>
  );

/** The total of the month before, and of the current month also up to the same day of it. */
const Totals = ({
  months: { before, now },
  today,
}: {
  readonly months: Months;
  readonly today?: string | undefined;
}) => {
  const { currency, projectId } = now;
  const day = today === undefined ? undefined : Number(today.slice(-2));
  const base = day === undefined ? before.total : totalUpTo(before.days, day, currency);
  return (
    <dl class="facts brief">
      <div>
        <dt>
          <a href={linkTo({ view: 'project', projectId, month: before.month })}>{monthName(before.month)}</a>,
          in all
        </dt>
        <dd class="figure">
          <Money amount={before.total} currency={currency} />
        </dd>
      </div>
      {day !== undefined && (
        <Fact class="figure" name={`${monthName(before.month)}, days 1 to ${day}`}>
          <Money amount={base} currency={currency} />
        </Fact>
      )}
      <Fact class="figure" name={`${monthName(now.month)}, ${day === undefined ? 'in all' : 'so far'}`}>
        <Money amount={now.total} currency={currency} />
      </Fact>
      <div>
        <dt>
          {day === undefined
            ? 'Change'
            : `Change to the same days (today, ${dayName(today ?? '')}, is not over)`}
        </dt>
        <dd class="figure" data-testid="change">
          <Signed amount={difference(now.total, base, currency)} currency={currency} />
        </dd>
      </div>
    </dl>
  );
};

const Comparison = ({ months, today }: { readonly months: Months; readonly today?: string | undefined }) => {
  const { before, now } = months;
  const hasJobs = before.groups !== undefined && now.groups !== undefined;
  return (
    <>
      <p class="hint">Usage is shown in the month in which it happened, whichever statement billed it.</p>
      <Totals months={months} today={today} />
      <table class="stacking changes">
        <caption class="visually-hidden">What made the difference</caption>
        <thead>
          <tr>
            <th scope="col">What made the difference</th>
            <NumberHead>{monthName(before.month)}</NumberHead>
            <NumberHead>{monthName(now.month)}</NumberHead>
            <NumberHead>Change</NumberHead>
          </tr>
        </thead>
        <Rows title="Flavors" changes={flavorChanges(before, now)} months={months} nameOf={(name) => name} />
        {hasJobs && (
          <Rows
            title="Jobs"
            changes={jobChanges(before, now)}
            months={months}
            nameOf={(jobId) => <JobLink projectId={now.projectId} jobId={jobId} />}
          />
        )}
      </table>
      {!hasJobs && <p class="hint">There are too many jobs to compare one by one.</p>}
      <p class="hint">
        An amount of a job is its share of the total, which may differ from its own cost by a cent.
      </p>
    </>
  );
};

/** The usage of a month by job, or where it has too many of them as it is. */
const useByJob = (projectId: string, month: string, freshMs: number) => {
  const byJob = useRead<Usage>(paths.usage(projectId, month, 'job'), () => freshMs);
  const isRefused = byJob.state === 'failed' && byJob.problem.kind === 'refused';
  const plain = useRead<Usage>(isRefused ? paths.usage(projectId, month) : undefined, () => freshMs);
  return isRefused ? plain : byJob;
};

/** A month compared with the one before: the change, and the flavors and jobs that made it. */
export const MonthComparison = ({
  usage: { projectId, month },
  today,
}: {
  readonly usage: Usage;
  /** The current date, if it is in this month. */
  readonly today: string | undefined;
}) => {
  const previous = nextMonth(month, -1);
  const before = useByJob(projectId, previous, SETTLED_MS);
  const now = useByJob(projectId, month, today === undefined ? SETTLED_MS : COMPARED_MS);
  if (before.state === 'failed' || now.state === 'failed') return null;
  if (before.state === 'ready' && before.value.lines.length === 0) return null;
  return (
    <Card id="compared" title={`Usage compared with ${monthName(previous)}`}>
      {before.state === 'ready' && now.state === 'ready' ? (
        <Comparison months={{ before: before.value, now: now.value }} today={today} />
      ) : (
        <Loading what="the month before" />
      )}
    </Card>
  );
};
