import { parseMinor } from '../lib/billing/money.ts';
import type { Usage, UsageGroup } from '../lib/shapes/usage.ts';
import { bar } from './bar.ts';
import { listTable, membersCsv } from './list.ts';
import { bold, counted, dim, indent } from './output.ts';
import { budgetsTable } from './show-budgets.ts';
import { linesCsv, linesTable } from './show-lines.ts';
import { timeText } from './times.ts';
import { unknownProjectText } from './unknown-project.ts';

const right = { align: 'right' as const };

/** The group of jobs that have no value. */
const WITHOUT: Readonly<Record<string, string>> = {
  flavor: 'no resources stated',
  status: 'every event taken back',
};

const groupName = (groupBy: string, value: string | undefined): string =>
  value ?? dim(WITHOUT[groupBy] ?? 'without the label');

const groupsTable = ({ groupBy = '', groups = [], currency }: Usage): string => {
  const most = groups.reduce((max, { total }) => (parseMinor(total) > max ? parseMinor(total) : max), 0n);
  return listTable<UsageGroup>(
    [
      { title: groupBy, text: ({ value }) => groupName(groupBy, value) },
      { title: 'minutes', ...right, text: ({ minutes }) => minutes.toLocaleString('en') },
      { title: currency, ...right, text: ({ total }) => total },
      { title: '', text: ({ total }) => bar(parseMinor(total), most) },
    ],
    groups,
  );
};

const billedLines = ({ billed }: Usage): string[] => {
  if (!billed) return [];
  const { total, due, currency } = billed;
  const rest = parseMinor(due) === 0n ? '' : `; ${due} ${currency} due on the next statement`;
  return [indent(`billed ${total} ${currency}${rest}`)];
};

const unbilledNotes = ({ projectId, month, unrated, held, silent, currency }: Usage): string[] => [
  ...(silent
    ? [
        `${silent.cost} ${currency} of it is time of ${counted(silent.count, 'running job')} of which nothing ` +
          `was heard for a day: ${silent.count === 1 ? 'its stop' : 'their stops'} may be lost`,
      ]
    : []),
  ...(unrated.count > 0
    ? [
        `not in the total: ${counted(unrated.count, 'charge')} without a price (\`jobmeter jobs ${projectId} --month ${month}\`, \`jobmeter unrated\`)`,
      ]
    : []),
  ...(held.count > 0
    ? [
        `not in the total: ${counted(held.count, 'charge')} with held time of ${held.cost} ${currency}, which waits for a stop (\`jobmeter held\`)`,
      ]
    : []),
];

const forecastNotes = ({ forecast, currency }: Usage): string[] =>
  forecast
    ? [
        `forecast for the month: ${forecast.expected} ${currency}, ` +
          `from ${forecast.low} (all jobs stop now) to ${forecast.high} (none of those running stops, and more follow)`,
      ]
    : [];

const notes = (usage: Usage): string[] => [
  ...(usage.running.count > 0 ? [`running now: ${counted(usage.running.count, 'job')}`] : []),
  ...unbilledNotes(usage),
  ...forecastNotes(usage),
];

const correctionLines = ({ corrections, correctionsUnknown }: Usage): string[] => [
  ...(corrections
    ? [
        indent(`due for closed months, on the next statement: ${corrections.total} ${corrections.currency}`),
        indent(linesTable(corrections.lines, corrections.currency), 4),
      ]
    : []),
  ...(correctionsUnknown === undefined
    ? []
    : [indent(`what is due for closed months is not known: ${correctionsUnknown}`)]),
];

/** A group may have time without a price only. */
const hasContent = ({ groups, lines }: Usage): boolean => (groups ?? lines).length > 0;

/** Usage for people: lines or groups, the total, and what else there is to know. */
export const showUsage = (usage: Usage): string => {
  const { projectId, month, asOf, timeZone, currency, total, budgets = [] } = usage;
  if (usage.unknown) return unknownProjectText(projectId);
  return [
    bold(`usage of ${projectId} in ${month}, as of ${timeText(asOf, timeZone)} ${timeZone}`),
    hasContent(usage) ? (usage.groups ? groupsTable(usage) : linesTable(usage.lines, currency)) : 'no usage',
    bold(`total ${total} ${currency}`),
    ...billedLines(usage),
    ...(budgets.length > 0 ? [indent(budgetsTable(budgets, timeZone))] : []),
    ...notes(usage).map((note) => indent(note)),
    ...correctionLines(usage),
  ].join('\n');
};

/** Labels come from senders: a value that a spreadsheet would compute is made text, by its mark. */
const asText = (value: string): string => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);

/** The groups as CSV, or the lines if there are no groups. */
export const usageCsv = ({ groupBy, groups, lines }: Usage): string =>
  groups
    ? membersCsv(
        ['value', 'minutes', 'total', 'currency'],
        groups.map(({ value, ...group }) => ({
          ...(value !== undefined && { value: groupBy?.startsWith('label:') ? asText(value) : value }),
          ...group,
        })),
      )
    : linesCsv(lines);
