import { formatMinor, parseMinor } from '../billing/money.ts';
import type { Statement } from '../shapes/statement.ts';
import { count, counted, grouped, monthName, timeText, unitName } from './display-text.ts';

type Line = Statement['lines'][number];
type UnbilledCharges = Statement['unrated'];
type UnbilledCharge = UnbilledCharges['charges'][number];

/** Text, and what is less important behind it: a unit, a currency, a time zone. */
export interface Cell {
  readonly text: string;
  readonly unit?: string;
}

/** Usage of the month, or corrections of earlier ones. */
interface Group {
  readonly heading: string;
  readonly sum: Cell;
  /** By the columns of the statement. */
  readonly rows: readonly (readonly Cell[])[];
}

/** What is not billed, and why. */
export interface Note {
  readonly heading: string;
  readonly text: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A statement as a reader sees it, whatever it is written as. */
export interface StatementContent {
  readonly issuer: string;
  readonly title: string;
  readonly projectId: string;
  readonly month: string;
  readonly facts: readonly (readonly [name: string, value: Cell])[];
  readonly columns: readonly string[];
  readonly groups: readonly Group[];
  /** Where further lines are, if they are not all here. */
  readonly further?: string;
  readonly included: readonly (readonly [item: string, amount: Cell])[];
  readonly total: Cell;
  readonly notes: readonly Note[];
  readonly proof: readonly (readonly [name: string, value: string])[];
  /** How to check it, in sentences. */
  readonly check: string;
}

const HEADINGS = { usage: 'Usage', correction: 'Corrections of earlier months' } as const;

/** The first two are text, the others are numbers. */
const COLUMNS = ['Flavor', 'Usage month', 'Minutes', 'Unit minutes', 'Price per hour', 'Amount'];

const money = (amount: string, currency: string): Cell => ({ text: grouped(amount), unit: currency });

const rowOf = ({ flavor, unit, usageMonth, minutes, unitMinutes, pricePerHour, ...line }: Line): Cell[] => [
  { text: flavor },
  { text: monthName(usageMonth) },
  { text: count(minutes) },
  { text: count(unitMinutes), unit: `${unitName(unit)} min` },
  { text: pricePerHour, unit: `${line.currency} per ${unitName(unit)}` },
  money(line.amount, line.currency),
];

/** Lines on paper: 20,000 would be a PDF of 17 MB. */
const MAX_PRINTED_LINES = 2_000;

const groupOf = (kind: Line['kind'], { lines, currency }: Statement): Group[] => {
  const own = lines.filter((line) => line.kind === kind);
  if (own.length === 0) return [];
  const sum = own.reduce((total, { amount }) => total + parseMinor(amount), 0n);
  return [
    { heading: HEADINGS[kind], sum: money(formatMinor(sum, currency), currency), rows: own.map(rowOf) },
  ];
};

/** The first lines of groups, whose sums are those of all their lines. */
const printed = (groups: readonly Group[]): Group[] => {
  let left = MAX_PRINTED_LINES;
  return groups.flatMap((group) => {
    const rows = group.rows.slice(0, left);
    left -= rows.length;
    return rows.length > 0 ? [{ ...group, rows }] : [];
  });
};

const furtherLines = ({ lines, projectId, month }: Statement): { readonly further?: string } =>
  lines.length <= MAX_PRINTED_LINES
    ? {}
    : {
        further: `The first ${count(MAX_PRINTED_LINES)} of ${count(lines.length)} lines are listed; sums and total are of all of them. All lines are at /v1/projects/${projectId}/statements/${month}?format=csv&rows=lines&limit=1000, in pages.`,
      };

/** Why time is held. */
const HELD_CAUSES = {
  maxRunning: 'no stop within the longest run of the tariff',
  timeout: 'no stop within the timeout of the job',
  maxSilence: 'nothing reported for longer than the tariff allows',
  'forbidden step': 'the job had ended: a start or a stop has a wrong time',
} as const;

interface NoteText {
  readonly label: string;
  readonly why: string;
  readonly columns: readonly string[];
  /** Its time, and the last column. */
  readonly cells: (charge: UnbilledCharge) => readonly [time: string, text: string];
}

const HELD: NoteText = {
  label: 'Held',
  why: 'Time beyond a limit and without a known stop is not part of this statement; a later one has it once it is settled.',
  columns: ['Job', 'Flavor', 'Held from', 'Why'],
  cells: ({ start, held }) => (held ? [held.from, HELD_CAUSES[held.cause]] : [start, '']),
};

const UNRATED: NoteText = {
  label: 'Without a price',
  why: 'This time is not part of this statement; a later one has it once there is a price and the job states the resources it counts.',
  columns: ['Job', 'Flavor', 'From', 'Minutes'],
  cells: ({ start, minutes }) => [start, count(minutes)],
};

const noteOf = (
  { label, why, columns, cells }: NoteText,
  { count: found, charges }: UnbilledCharges,
  timeZone: string,
): Note[] => {
  if (found === 0) return [];
  const row = (charge: UnbilledCharge): string[] => {
    const [time, text] = cells(charge);
    return [charge.jobId, charge.flavor ?? 'not stated', timeText(time, timeZone), text];
  };
  const listed = charges.length < found ? ` The first ${charges.length} are listed.` : '';
  return [
    {
      heading: `${label}: ${counted(found, 'charge')}.`,
      text: `${why}${listed}`,
      columns,
      rows: charges.map(row),
    },
  ];
};

/** The content of a statement. Amounts are copied from it, never computed, except for sums of lines. */
export const statementContent = (issuer: string, statement: Statement): StatementContent => {
  const { projectId, month, timeZone, currency, total, issuedAt, included, unrated, held } = statement;
  const { approvedBy } = statement;
  return {
    issuer,
    title: `Statement of ${projectId} for ${monthName(month)}`,
    projectId,
    month: monthName(month),
    facts: [
      ['Project', { text: projectId }],
      ['Month', { text: monthName(month), unit: `(${timeZone})` }],
      ['Issued', { text: timeText(issuedAt, timeZone), unit: `(${timeZone})` }],
      ...(approvedBy
        ? [
            [
              'Approved',
              { text: timeText(approvedBy.at, timeZone), unit: `(${timeZone}) by ${approvedBy.id}` },
            ] as const,
          ]
        : []),
      ['Total', money(total, currency)],
    ],
    columns: COLUMNS,
    groups: printed([...groupOf('usage', statement), ...groupOf('correction', statement)]),
    ...furtherLines(statement),
    included: included.map(({ item, amount }) => [item, money(amount, currency)]),
    total: money(total, currency),
    notes: [...noteOf(HELD, held, timeZone), ...noteOf(UNRATED, unrated, timeZone)],
    proof: [
      ['Statement', statement.statementId],
      ['Digest of its charges', statement.digest],
    ],
    check: `Unit minutes are minutes × units: 60 minutes on 2 GPUs are 120. An amount is unit minutes × price per hour ÷ 60, rounded once per line, half up; that of a correction is the new amount of its month less what earlier statements billed. The charges behind each line, with the events that began and ended them, are at /v1/projects/${projectId}/statements/${month}/charges. Saved beside the statement as JSON they are enough to check every figure: jobmeter verify statement.json charges.json.`,
  };
};
