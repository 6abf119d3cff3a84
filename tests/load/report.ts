import { counted, green, indent, red, table } from '../../cli/output.ts';
import { growthPerMinute, type MemorySeries } from './memory.ts';
import { PART_NAMES } from './parts.ts';
import type { LoadRun } from './run.ts';
import type { Attempt } from './sender.ts';

const ACCEPTED = 202;
const DIFFERENCES_TOLD = 20;
/** Of what a part had before. */
const FLAT = 0.1;
const FLAT_MIB = 5;

/** The smallest value that so much of all are not above; nothing of nothing. */
export const percentile = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];

/** Of a command that failed: what it said after its progress. */
const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';

const round = (value: number, digits = 0) => Number(value.toFixed(digits));

const countAnswers = (attempts: readonly Attempt[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { answer } of attempts) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
};

/** How long accepted requests took that no death could have touched. */
const latencies = ({ attempts, kills }: LoadRun): number[] =>
  attempts
    .filter(({ answer }) => answer === ACCEPTED)
    .filter(
      ({ startedAt, endedAt }) =>
        !kills.some(({ killedAt, recoveredAt }) => startedAt < recoveredAt && endedAt > killedAt),
    )
    .map(({ startedAt, endedAt }) => endedAt - startedAt);

const FLAT_RULE =
  'growth: how far a line fitted to the last two thirds of the time rises, over what there was before; ' +
  `flat up to ${FLAT * 100} % or ${FLAT_MIB} MiB, over that the run fails`;

/** DynamoDB Local is not part of what is built here. */
const isJudged = ({ part }: MemorySeries) => part !== 'database';

const memoryOf = (series: MemorySeries, soak: boolean) => {
  const { part, kind, samples } = series;
  const at = (share: number) => round(samples[Math.floor((samples.length - 1) * share)]?.mebibytes ?? 0);
  const figures = { part, kind, start: at(0), middle: at(0.5), end: at(1) };
  if (!soak || !isJudged(series)) return figures;
  const perMinute = growthPerMinute(samples);
  const minutes = (((samples.at(-1)?.seconds ?? 0) / 60) * 2) / 3;
  const rise = perMinute * minutes;
  const growth = rise / Math.max(1, at(1 / 3));
  const judgement = growth <= FLAT || rise <= FLAT_MIB ? 'flat' : 'grows';
  return { ...figures, growthPerMinute: round(perMinute, 2), growth: round(growth, 3), judgement };
};

/**
 * The figures of a run. All that is not right is a number that is not zero, or a memory that grows.
 */
export const addUp = (run: LoadRun) => {
  const { options, attempts, kills, closings } = run;
  const took = latencies(run);
  const recoveries = (part: string) =>
    kills
      .filter((kill) => kill.part === part)
      .map(({ killedAt, recoveredAt }) => round((recoveredAt - killedAt) / 1000, 1));
  const wrong = {
    lostEvents: run.lostEvents.length,
    wrongCharges: run.wrongCharges.length,
    wrongLines: run.wrongLines.length,
    changedStatements: run.changedStatements.length,
    auditDifferences: run.auditDifferences,
    replayDifferences: run.replayDifferences,
  };
  const memory = run.memory.map((series) => memoryOf(series, options.soak));
  const grows = memory.some((part) => 'judgement' in part && part.judgement === 'grows');
  return {
    ok: !grows && Object.values(wrong).every((count) => count === 0),
    options,
    jobs: run.jobs,
    requests: attempts.length,
    answers: countAnswers(attempts),
    retries: attempts.filter(({ answer }) => answer !== ACCEPTED).length,
    acceptedEvents: run.acceptedEvents,
    duplicates: run.counts.duplicates,
    eventsPerSecond: round(run.counts.events / run.sendingSeconds, 1),
    kills: {
      ...Object.fromEntries(PART_NAMES.map((part) => [part, recoveries(part).length])),
      close: closings.reduce((sum, { killed }) => sum + killed, 0),
    },
    failedCloses: closings.flatMap(({ failures }) => failures.map(lastLine)),
    recoverySeconds: Object.fromEntries(PART_NAMES.map((part) => [part, recoveries(part)])),
    redriven: run.redriven,
    latencyMs: {
      requests: took.length,
      p50: round(percentile(took, 0.5) ?? 0),
      p95: round(percentile(took, 0.95) ?? 0),
      p99: round(percentile(took, 0.99) ?? 0),
    },
    memory,
    seconds: round(run.seconds),
    ...wrong,
    differences: [...run.lostEvents, ...run.wrongCharges, ...run.wrongLines, ...run.changedStatements].slice(
      0,
      DIFFERENCES_TOLD,
    ),
  };
};

export type LoadReport = ReturnType<typeof addUp>;

const named = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const recoveryText = (recoverySeconds: LoadReport['recoverySeconds']): string =>
  Object.entries(recoverySeconds)
    .filter(([, seconds]) => seconds.length > 0)
    .map(([part, seconds]) => `${part} ${seconds.join(' ')}`)
    .join(', ');

const memoryText = ({ memory }: LoadReport): string =>
  table(
    [
      ...['memory, MiB', ''].map((title) => ({ title })),
      ...['start', 'middle', 'end'].map((title) => ({ title, align: 'right' }) as const),
      { title: '' },
    ],
    memory.map((each) => [
      ...[each.part, each.kind, ...[each.start, each.middle, each.end].map(String)],
      'judgement' in each
        ? `${each.growthPerMinute} a minute, ${round(each.growth * 100, 1)} % in all: ${each.judgement}`
        : '',
    ]),
  );

/** The figures of a run for people. */
export const show = (report: LoadReport): string => {
  const { kills, latencyMs } = report;
  const rows: [string, string][] = [
    ['requests', `${report.requests} (${named(report.answers)}), ${report.retries} tried again`],
    [
      'events',
      `${report.acceptedEvents} of ${counted(report.jobs, 'job')} accepted, ${report.duplicates} times known already, ${report.eventsPerSecond}/s`,
    ],
    ['kills', `${named(kills)}; ${counted(report.failedCloses.length, 'other close')} failed`],
    ['recovery, s', recoveryText(report.recoverySeconds)],
    [
      'latency, ms',
      `p50 ${latencyMs.p50}, p95 ${latencyMs.p95}, p99 ${latencyMs.p99}, of ${latencyMs.requests} requests while nothing was dead`,
    ],
    ['parked', `${counted(report.redriven, 'job')} settled by a redrive`],
    ['took', `${report.seconds} s, seed ${report.options.seed}`],
  ];
  const wrong = [
    counted(report.lostEvents, 'lost event'),
    counted(report.wrongCharges, 'wrong charge'),
    `${counted(report.wrongLines, 'line')} of statements with wrong minutes or cents`,
    counted(report.changedStatements, 'changed statement'),
    `audit ${counted(report.auditDifferences, 'difference')}`,
    `replay ${counted(report.replayDifferences, 'difference')}`,
  ].join(', ');
  return [
    table([{ title: 'what' }, { title: 'figures' }], rows),
    '',
    memoryText(report),
    ...(report.options.soak ? [FLAT_RULE] : []),
    '',
    report.ok ? green(wrong) : red(wrong),
    ...report.differences.map((difference) => indent(difference)),
  ].join('\n');
};
