import type { Estimate, EstimatedMonth, EstimatedProject } from '../../lib/operations/import/estimate.ts';
import { bold, dim, table } from '../output.ts';

/** Groups shown of a project in a month; `--json` has all. */
const GROUPS_SHOWN = 20;

const grouped = (number: number): string => number.toLocaleString('en');

const minutesOf = (parts: readonly { readonly minutes: number }[]): number =>
  parts.reduce((sum, { minutes }) => sum + minutes, 0);

const groupRows = (groups: EstimatedProject['groups']): string[][] => [
  ...groups
    .slice(0, GROUPS_SHOWN)
    .map(({ value, minutes, total }) => ['', '', value ?? dim('without'), grouped(minutes), total]),
  ...(groups.length > GROUPS_SHOWN
    ? [['', '', dim(`and ${groups.length - GROUPS_SHOWN} more (--json)`), '', '']]
    : []),
];

const projectRows = ({ projectId, minutes, total, groups }: EstimatedProject, month = ''): string[][] => [
  [month, projectId, '', grouped(minutes), total].map(bold),
  ...groupRows(groups),
];

/** A month of one project has no row of its own. */
const monthRows = ({ month, current, total, projects }: EstimatedMonth): string[][] => {
  const name = current ? `${month} (so far)` : month;
  const [first, ...others] = projects;
  if (first && others.length === 0) return projectRows(first, name);
  return [
    [name, '', '', grouped(minutesOf(projects)), total].map(bold),
    ...projects.flatMap((project) => projectRows(project)),
  ];
};

/** What each month costs, by project and group; without prices the minutes only. */
export const costTable = (
  { months, groupBy, currency, total }: Estimate,
  { withPrices }: { readonly withPrices: boolean },
): string => {
  const minutes = minutesOf(months.flatMap(({ projects }) => projects));
  const rows = [
    ...months.flatMap(monthRows),
    ...(months.length > 1 ? [['total', '', '', grouped(minutes), total].map(bold)] : []),
  ];
  const columns = [
    ...[{ title: 'month' }, { title: 'project' }, { title: groupBy.replace(/^label:/, '') }],
    { title: 'minutes', align: 'right' as const },
    { title: currency, align: 'right' as const },
  ];
  return withPrices
    ? table(columns, rows)
    : table(
        columns.slice(0, -1),
        rows.map((row) => row.slice(0, -1)),
      );
};
