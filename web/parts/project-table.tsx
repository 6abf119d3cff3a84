import { parseMinor } from '../../lib/billing/money.ts';
import type { Projects, ProjectTotal } from '../../lib/shapes/usage.ts';
import { monthName, nextMonth } from '../calendar.ts';
import { sumOf } from '../live-usage.ts';
import { count } from '../money.ts';
import { difference } from '../month-changes.ts';
import { type Choices, linkTo } from '../route.ts';
import { SearchField } from './search-field.tsx';
import { type Order, SortableHead, SortChoice, type Sorting, sortingOf } from './sortable-head.tsx';
import { NumberCell } from './table-cells.tsx';
import { counted, Money, Signed } from './text.tsx';

/** A project, with its totals unless they took too long. */
export interface ProjectRow {
  readonly projectId: string;
  readonly totals?: ProjectTotal | undefined;
}

/** The projects of a page of the API, each with its totals. */
export const rowsOf = ({ projects, totals = [] }: Projects): ProjectRow[] =>
  projects.map((projectId) => ({
    projectId,
    totals: totals.find((one) => one.projectId === projectId),
  }));

const COLUMNS: Readonly<Record<string, Order>> = {
  total: 'desc',
  project: 'asc',
  before: 'desc',
  change: 'desc',
  held: 'desc',
  unrated: 'desc',
  running: 'desc',
};

const NAMES = {
  total: 'usage',
  project: 'name',
  before: 'month before',
  change: 'change',
  held: 'held',
  unrated: 'no price yet',
  running: 'running',
};

const changeOf = ({ total, previousTotal, currency }: ProjectTotal): string =>
  difference(total, previousTotal, currency);

/** What rows are sorted by; names are compared as texts. */
const rankOf = (totals: ProjectTotal | undefined, column: string): bigint => {
  if (!totals) return -1n;
  switch (column) {
    case 'before':
      return parseMinor(totals.previousTotal);
    case 'change':
      return parseMinor(changeOf(totals));
    case 'held':
    case 'unrated':
    case 'running':
      return BigInt(totals[column]);
    default:
      return parseMinor(totals.total);
  }
};

const compareNames = (a: ProjectRow, b: ProjectRow): number => (a.projectId < b.projectId ? -1 : 1);

const sorted = (rows: readonly ProjectRow[], { sort, order }: Sorting): ProjectRow[] => {
  const direction = order === 'asc' ? 1 : -1;
  if (sort === 'project') return rows.toSorted((a, b) => direction * compareNames(a, b));
  return rows.toSorted((a, b) => {
    const [of, other] = [rankOf(a.totals, sort), rankOf(b.totals, sort)];
    return of === other ? compareNames(a, b) : direction * (of < other ? -1 : 1);
  });
};

const Count = ({
  label,
  value,
  isWarning = false,
}: {
  readonly label: string;
  readonly value: number;
  readonly isWarning?: boolean;
}) => (
  <NumberCell label={label}>
    {value === 0 ? (
      <span class="muted">–</span>
    ) : (
      <span class={isWarning ? 'tag warning' : ''}>{count(value)}</span>
    )}
  </NumberCell>
);

const Row = ({ row: { projectId, totals }, month }: { readonly row: ProjectRow; readonly month: string }) => (
  <tr>
    <th scope="row">
      <a class="id" href={linkTo({ view: 'project', projectId, month })}>
        {projectId}
      </a>
    </th>
    {totals ? (
      <>
        <NumberCell label="Usage" isStrong>
          <Money amount={totals.total} currency={totals.currency} />
        </NumberCell>
        <NumberCell label="Before">
          <Money amount={totals.previousTotal} currency={totals.currency} />
        </NumberCell>
        <NumberCell label="Change">
          <Signed amount={changeOf(totals)} currency={totals.currency} />
        </NumberCell>
        <Count label="Held" value={totals.held} isWarning />
        <Count label="No price yet" value={totals.unrated} isWarning />
        <Count label="Running" value={totals.running} />
      </>
    ) : (
      <td colSpan={6} class="muted">
        takes too long to add up here: open it to see its total
      </td>
    )}
  </tr>
);

const Sum = ({ rows }: { readonly rows: readonly ProjectRow[] }) => {
  const totals = rows.flatMap((row) => (row.totals ? [row.totals] : []));
  const [first] = totals;
  if (!first || totals.length < 2) return null;
  const { currency } = first;
  const total = sumOf(
    totals.map((one) => one.total),
    currency,
  );
  const before = sumOf(
    totals.map((one) => one.previousTotal),
    currency,
  );
  return (
    <tfoot>
      <tr>
        <th scope="row">{counted(rows.length, 'project')}</th>
        <NumberCell label="Usage">
          <Money amount={total} currency={currency} />
        </NumberCell>
        <NumberCell label="Before">
          <Money amount={before} currency={currency} />
        </NumberCell>
        <NumberCell label="Change">
          <Signed amount={difference(total, before, currency)} currency={currency} />
        </NumberCell>
        <td class="wide-only" colSpan={3} />
      </tr>
    </tfoot>
  );
};

const Head = ({ month, sorting }: { readonly month: string; readonly sorting: Sorting }) => {
  const head = (column: string) => ({ column, begins: COLUMNS[column], sorting });
  return (
    <thead>
      <tr>
        <SortableHead {...head('project')}>Project</SortableHead>
        <SortableHead {...head('total')} isNumber>
          {monthName(month)}
        </SortableHead>
        <SortableHead {...head('before')} isNumber>
          {monthName(nextMonth(month, -1))}
        </SortableHead>
        <SortableHead {...head('change')} isNumber>
          Change
        </SortableHead>
        <SortableHead {...head('held')} isNumber>
          Held
        </SortableHead>
        <SortableHead {...head('unrated')} isNumber>
          No price yet
        </SortableHead>
        <SortableHead {...head('running')} isNumber>
          Running
        </SortableHead>
      </tr>
    </thead>
  );
};

/** The projects of a token with their totals of a month, to sort and to search. */
export const ProjectTable = ({
  title,
  rows,
  isTruncated,
  month,
  isCurrent,
  choices,
}: {
  /** Where it is one section of a page. */
  readonly title?: string;
  readonly rows: readonly ProjectRow[];
  /** There are more projects than were read. */
  readonly isTruncated: boolean;
  readonly month: string;
  readonly isCurrent: boolean;
  readonly choices: Choices;
}) => {
  const sorting = sortingOf(choices, COLUMNS);
  const wanted = (choices.q ?? '').toLowerCase();
  const found = rows.filter(({ projectId }) => projectId.toLowerCase().includes(wanted));
  return (
    <section class="card" aria-label="Projects with their totals">
      {title !== undefined && <h2>{title}</h2>}
      <search class="filters" aria-label="Projects">
        <SearchField what="projects" choices={choices} />
        <SortChoice names={NAMES} columns={COLUMNS} sorting={sorting} />
      </search>
      <table class="stacking projects">
        <caption class="visually-hidden">Projects</caption>
        <Head month={month} sorting={sorting} />
        <tbody>
          {sorted(found, sorting).map((row) => (
            <Row key={row.projectId} row={row} month={month} />
          ))}
        </tbody>
        <Sum rows={found} />
      </table>
      {found.length === 0 && <p class="empty">No project has such a name.</p>}
      {isTruncated && <p class="hint">These are the first {count(rows.length)}. Open others by their id.</p>}
      <p class="hint">
        Usage is shown in the month in which it happened, whichever statement bills it. The change is to the
        whole of {monthName(nextMonth(month, -1))}
        {isCurrent && ', although this month is not over'}. Held, no price yet and running count charges,
        mostly one for each job; a charge may count in several of them.
      </p>
    </section>
  );
};
