import { counted, green, indent, red, table } from '../../../cli/output.ts';
import { percentile } from '../report.ts';
import type { JobsRun } from './run-jobs.ts';

const round = (value: number, digits = 0) => Number(value.toFixed(digits));

const spread = (milliseconds: readonly number[]) => {
  const at = (share: number) => round(percentile(milliseconds, share) ?? 0);
  return { samples: milliseconds.length, p50: at(0.5), p99: at(0.99), max: at(1) };
};

const perSecond = (count: number, ms: number) => round((count / ms) * 1000, 1);

/** Parts in the order an event meets them, as `watchProcesses` names them, and for people. */
const PARTS = {
  senders: 'senders',
  functions: 'HTTP and record-events',
  trigger: 'stream and settle-jobs',
  database: 'DynamoDB Local',
  close: 'close',
} as const;

type Part = keyof typeof PARTS;

const partsOf = ({ used, sent }: JobsRun) =>
  (Object.keys(PARTS) as Part[]).flatMap((part) => {
    const { peakMiB, cpuSeconds } = used[part] ?? {};
    if (peakMiB === undefined) return [];
    const cpu = cpuSeconds !== undefined && {
      cpuSeconds: round(cpuSeconds, 1),
      ...(part !== 'close' &&
        sent.accepted > 0 && { cpuMsAnEvent: round((cpuSeconds / sent.accepted) * 1000, 2) }),
    };
    return [{ part, peakMiB: round(peakMiB), ...cpu }];
  });

/** The figures of a run; what it did not come to is absent. */
export const addUpJobs = (run: JobsRun) => {
  const { options, sent, floors, settledMs, closeMs, comparison, ended } = run;
  const wrong = comparison && {
    lostEvents: comparison.lostEvents,
    wrongCharges: comparison.wrongCharges,
    wrongLines: comparison.wrongLines,
  };
  const floorOf = ({ events, eventsPerSecond, cpuMs }: NonNullable<JobsRun['floors']['table']>) => ({
    ...{ events, eventsPerSecond: round(eventsPerSecond, 1) },
    ...(cpuMs !== undefined && { cpuMsAnEvent: round(cpuMs, 2) }),
  });
  return {
    ok: wrong !== undefined && Object.values(wrong).every((count) => count === 0),
    ...(ended !== undefined && { ended }),
    options,
    machine: { ...run.machine, loadAverage: round(run.machine.loadAverage, 1) },
    projects: run.projects,
    events: sent.accepted,
    retries: sent.retries,
    sendingSeconds: round(sent.elapsedMs / 1000, 1),
    eventsPerSecond: {
      accepted: sent.elapsedMs > 0 ? perSecond(sent.accepted, sent.elapsedMs) : 0,
      ...(settledMs !== undefined && { settled: perSecond(sent.accepted, settledMs) }),
    },
    floors: {
      ...(floors.table && { table: floorOf(floors.table) }),
      ...(floors.http && { http: floorOf(floors.http) }),
    },
    answerMs: spread(sent.answered),
    visibleChargeMs: spread(sent.visible),
    parts: partsOf(run),
    ...(closeMs !== undefined && { closeSeconds: round(closeMs / 1000, 1) }),
    ...(comparison && {
      compared: {
        ...{ events: comparison.events, charges: comparison.charges, statements: comparison.statements },
        lines: comparison.lines,
        total: `${comparison.totalCents / 100n}.${String(comparison.totalCents % 100n).padStart(2, '0')} EUR`,
      },
    }),
    ...wrong,
    differences: comparison?.differences ?? [],
  };
};

export type JobsReport = ReturnType<typeof addUpJobs>;

const times = ({ samples, p50, p99, max }: JobsReport['answerMs']) =>
  samples === 0 ? 'no samples' : `p50 ${p50}, p99 ${p99}, max ${max}, of ${samples} events`;

const FLOOR_TEXTS = { table: 'bare PutItems', http: 'HTTP, an empty function' } as const;

/** Events a second beside their floors, each with the ratio to it. */
const speedTable = ({ eventsPerSecond, floors }: JobsReport): string => {
  const names = Object.keys(FLOOR_TEXTS) as (keyof typeof FLOOR_TEXTS)[];
  const beside = (rate: number) =>
    names.map((name) => {
      const floor = floors[name]?.eventsPerSecond;
      return floor === undefined ? '' : `${floor} (${round(rate / floor, 2)}x)`;
    });
  const row = (what: string, rate: number | undefined) =>
    rate === undefined ? [] : [[what, String(rate), ...beside(rate)]];
  return table(
    [
      { title: 'events a second' },
      ...['jobmeter', ...names.map((name) => `floor: ${FLOOR_TEXTS[name]}`)].map(
        (title) => ({ title, align: 'right' }) as const,
      ),
    ],
    [...row('until accepted', eventsPerSecond.accepted), ...row('until settled', eventsPerSecond.settled)],
  );
};

const partsTable = ({ parts }: JobsReport): string =>
  table(
    [
      { title: 'part' },
      ...['peak, MiB', 'processor time, s', 'ms an event'].map(
        (title) => ({ title, align: 'right' }) as const,
      ),
    ],
    parts.map((each) => [
      ...[PARTS[each.part], String(each.peakMiB)],
      'cpuSeconds' in each ? String(each.cpuSeconds) : '',
      'cpuMsAnEvent' in each ? String(each.cpuMsAnEvent) : '',
    ]),
  );

const verdict = ({ ok, lostEvents, wrongCharges, wrongLines }: JobsReport): string => {
  if (lostEvents === undefined) return red('not compared with the oracle');
  const wrong = [
    counted(lostEvents, 'lost event'),
    counted(wrongCharges ?? 0, 'wrong charge'),
    `${counted(wrongLines ?? 0, 'line')} of statements with wrong minutes or cents`,
  ].join(', ');
  return ok ? green(wrong) : red(wrong);
};

/** The figures of a run for people. */
export const showJobs = (report: JobsReport): string => {
  const { options, closeSeconds, compared } = report;
  const rows: [string, string][] = [
    [
      'events',
      `${report.events} of ${counted(options.jobs, 'job')} in ${counted(report.projects, 'project')}, ${options.senders} senders, ${report.sendingSeconds} s, ${report.retries} tried again`,
    ],
    ['answer, ms', times(report.answerMs)],
    ['charge, ms', `${times(report.visibleChargeMs)}, from the answer until it is visible`],
    ...(closeSeconds === undefined ? [] : [['close', `${closeSeconds} s`] as [string, string]]),
    ...(compared
      ? [
          [
            'compared',
            `${compared.events} events, ${compared.charges} charges, ${compared.statements} statements, ${compared.lines} lines, ${compared.total}`,
          ] as [string, string],
        ]
      : []),
  ];
  return [
    ...(report.ended === undefined ? [] : [red(report.ended), '']),
    table([{ title: 'what' }, { title: 'figures' }], rows),
    '',
    speedTable(report),
    '',
    partsTable(report),
    '',
    `${counted(report.machine.processors, 'processor')}, load average before the run ${report.machine.loadAverage}`,
    verdict(report),
    ...report.differences.map((difference) => indent(difference)),
  ].join('\n');
};
