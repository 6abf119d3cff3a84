import { formatMinor, parseMinor } from '../lib/billing/money.ts';
import { addMonths } from '../lib/billing/months.ts';
import type { Projects, ProjectTotal } from '../lib/shapes/usage.ts';
import { type ListColumn, listTable, membersCsv } from './list.ts';
import { bold, counted } from './output.ts';
import { timeText } from './times.ts';

const right = { align: 'right' as const };

const signed = (minor: bigint, currency: string): string =>
  `${minor > 0n ? '+' : ''}${formatMinor(minor, currency)}`;

/** Nothing is an empty cell, so that what there is stands out. */
const some = (count: number): string => (count === 0 ? '' : String(count));

const changeOf = ({ total, previousTotal }: ProjectTotal): bigint =>
  parseMinor(total) - parseMinor(previousTotal);

const columnsOf = (month: string, currency: string): readonly ListColumn<ProjectTotal>[] => [
  { title: 'project', text: ({ projectId }) => projectId },
  { title: currency, ...right, text: ({ total }) => total },
  { title: `in ${addMonths(month, -1)}`, ...right, text: ({ previousTotal }) => previousTotal },
  { title: 'change', ...right, text: (of) => signed(changeOf(of), currency) },
  { title: 'running', ...right, text: ({ running }) => some(running) },
  { title: 'held', ...right, text: ({ held }) => some(held) },
  { title: 'unrated', ...right, text: ({ unrated }) => some(unrated) },
];

/** The order of a list of projects. */
export const largestFirst = (a: ProjectTotal, b: ProjectTotal): number => {
  const difference = parseMinor(b.total) - parseMinor(a.total);
  return difference === 0n ? (a.projectId < b.projectId ? -1 : 1) : difference < 0n ? -1 : 1;
};

const sum = (totals: readonly ProjectTotal[], amount: (of: ProjectTotal) => bigint): bigint =>
  totals.reduce((all, of) => all + amount(of), 0n);

/** Where figures are older than the list: those of a large month are added up every few minutes. */
const ageNotes = (month: string, totals: readonly ProjectTotal[], timeZone: string): string[] =>
  totals.flatMap(({ projectId, snapshot }) =>
    snapshot
      ? [
          `${projectId} has many charges, and is as of ${timeText(snapshot.takenAt, timeZone)} ${timeZone}; ` +
            `as of now: \`jobmeter usage ${projectId} --month ${month}\``,
        ]
      : [],
  );

type ListedProjects = Pick<Projects, 'month' | 'projects' | 'totals'>;

/** Projects that were not added up in time. */
const withoutTotals = ({ projects, totals = [] }: ListedProjects): string[] =>
  projects.filter((projectId) => !totals.some((one) => one.projectId === projectId));

/** The projects of a month for people, and their sum. */
export const showProjects = (listed: ListedProjects, timeZone: string): string => {
  const { month, projects, totals = [] } = listed;
  const [{ currency } = { currency: '' }] = totals;
  if (projects.length === 0) return `no project has usage in ${month}`;
  return [
    bold(`projects with usage in ${month}`),
    ...(totals.length > 0 ? [listTable(columnsOf(month, currency), totals)] : []),
    ...(totals.length > 0
      ? [
          bold(
            `${counted(totals.length, 'project')}, total ` +
              `${formatMinor(
                sum(totals, ({ total }) => parseMinor(total)),
                currency,
              )} ${currency}, ${signed(sum(totals, changeOf), currency)} against ${addMonths(month, -1)}`,
          ),
        ]
      : []),
    ...ageNotes(month, totals, timeZone),
    ...withoutTotals(listed).map(
      (projectId) => `not added up in time: \`jobmeter usage ${projectId} --month ${month}\``,
    ),
  ].join('\n');
};

/** The same as CSV. A project that was not added up in time has no figures. */
export const projectsCsv = (listed: ListedProjects): string =>
  membersCsv<Partial<ProjectTotal>>(
    ['projectId', 'total', 'previousTotal', 'currency', 'running', 'held', 'unrated'],
    [...(listed.totals ?? []), ...withoutTotals(listed).map((projectId) => ({ projectId }))],
  );
