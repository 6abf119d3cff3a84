import { bold, dim, green, indent, table } from '../output.ts';

/** The members of API responses that the demo shows. */
export interface JobAnswer {
  readonly jobId: string;
  readonly projectId: string;
  readonly resources?: { readonly flavor: string; readonly gpu: number; readonly cpu: number };
  readonly labels?: Readonly<Record<string, string>>;
  readonly transitions: readonly { readonly status: string; readonly time: string }[];
  readonly intervals: readonly { readonly start: string; readonly end?: string }[];
  readonly charges: readonly ChargeAnswer[];
  readonly cost: string;
  readonly currency: string;
  readonly warnings: readonly string[];
}

interface ChargeAnswer {
  readonly usageMonth: string;
  readonly state: string;
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly units: number;
  readonly unit: string;
  readonly pricePerHour: string;
  readonly amountTimes60: string;
  readonly openedBy: { readonly id: string };
  readonly endedBy: { readonly cause: string; readonly fact?: { readonly id: string } };
}

export interface StatementAnswer {
  readonly projectId: string;
  readonly month: string;
  readonly currency: string;
  readonly total: string;
  readonly lines: readonly {
    readonly flavor: string;
    readonly unit: string;
    readonly usageMonth: string;
    readonly kind: string;
    readonly minutes: number;
    readonly unitMinutes: number;
    readonly pricePerHour: string;
    readonly amount: string;
  }[];
  readonly included: readonly { readonly item: string; readonly amount: string }[];
  readonly approvedBy?: { readonly id: string };
}

const showTime = (iso: string) => iso.slice(0, 19).replace('T', ' ');

const showDuration = (ms: number) => {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
};

/** Width of the longest status; others are proportional, at least one character. */
const BAR_WIDTH = 32;

/** One line per status: when it was entered, its duration, and whether it is billed. */
const timeline = ({ transitions, intervals }: JobAnswer): string => {
  const isBilled = (time: string) =>
    intervals.some(({ start, end }) => start <= time && (!end || time < end));
  const durations = transitions.map(({ time }, index) => {
    const next = transitions[index + 1];
    return next ? Date.parse(next.time) - Date.parse(time) : 0;
  });
  const longest = Math.max(...durations, 1);
  return transitions
    .map(({ status, time }, index) => {
      const duration = durations[index] ?? 0;
      const isLast = index === transitions.length - 1;
      const width = isLast ? 0 : Math.max(1, Math.round((BAR_WIDTH * duration) / longest));
      const billed = isBilled(time);
      const bar =
        (billed ? green('█'.repeat(width)) : dim('░'.repeat(width))) + ' '.repeat(BAR_WIDTH - width);
      const note = isLast
        ? billed
          ? 'still running'
          : ''
        : `${showDuration(duration)}${billed ? ', billed' : ''}`;
      return `${showTime(time)}  ${status.padEnd(12)}  ${bar}  ${note}`.trimEnd();
    })
    .join('\n');
};

const charges = (job: JobAnswer): string =>
  job.charges.length === 0
    ? dim('no charges: it never ran')
    : table(
        [
          { title: 'charge in' },
          { title: 'from' },
          { title: 'to' },
          { title: 'minutes', align: 'right' },
          { title: 'x units', align: 'right' },
          { title: 'x price/h', align: 'right' },
          { title: '/ 60 =', align: 'right' },
          { title: 'opened by, ended by' },
        ],
        job.charges.map((charge) => [
          charge.usageMonth,
          showTime(charge.start),
          charge.state === 'running' ? 'running' : showTime(charge.end),
          String(charge.minutes),
          `${charge.units} ${charge.unit.toUpperCase()}`,
          charge.pricePerHour,
          (Number(charge.amountTimes60) / 60).toFixed(4),
          `${charge.openedBy.id}, ${charge.endedBy.fact?.id ?? charge.endedBy.cause}`,
        ]),
      );

/** Where the job belongs, what it ran on last, and its labels. */
const context = ({ projectId, resources, labels = {} }: JobAnswer): string =>
  [
    projectId,
    resources?.flavor ?? '',
    ...Object.entries(labels).map(([name, value]) => `${name}: ${value}`),
  ].join(', ');

export const showJob = (job: JobAnswer, description: string): string =>
  [
    `${bold(job.jobId)}  ${dim(context(job))}  ${description}`,
    indent(timeline(job)),
    '',
    indent(charges(job)),
    indent(`cost ${bold(`${job.cost} ${job.currency}`)}`),
    ...job.warnings.map((warning) => indent(`note: ${warning}`)),
    '',
  ].join('\n');

export const showStatement = (statement: StatementAnswer): string => {
  const money = (amount: string) => `${amount} ${statement.currency}`;
  return [
    bold(`Statement ${statement.month}, project ${statement.projectId}`) +
      (statement.approvedBy ? dim(`  approved by ${statement.approvedBy.id}`) : ''),
    indent(
      table(
        [
          { title: 'flavor' },
          { title: 'usage month' },
          { title: 'kind' },
          { title: 'minutes', align: 'right' },
          { title: 'unit minutes', align: 'right' },
          { title: 'price/h', align: 'right' },
          { title: 'amount', align: 'right' },
        ],
        [
          ...statement.lines.map((line) => [
            line.flavor,
            line.usageMonth,
            line.kind,
            String(line.minutes),
            String(line.unitMinutes),
            line.pricePerHour,
            money(line.amount),
          ]),
          ...statement.included.map(({ item, amount }) => [
            dim(item),
            '',
            'included',
            '',
            '',
            '',
            money(amount),
          ]),
          [bold('total'), '', '', '', '', '', bold(money(statement.total))],
        ],
      ),
    ),
    '',
  ].join('\n');
};
