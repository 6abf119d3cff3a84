import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { explain } from '../../cli/explain.ts';
import { counted, createProgress, table } from '../../cli/output.ts';
import { isTimeZone } from '../../lib/billing/months.ts';
import { withLocalStage } from './local-stage.ts';
import { playTrace, type TraceReport } from './play-trace.ts';
import { FORMATS, readTraces, type Trace } from './read-traces.ts';

const USAGE =
  'usage: npm run traces -- <folder> [--format openb|philly|sacct] [--time-zone <IANA zone>] [--jobs <n>] [--json]';

/** Skipped records that the text output lists, for each file. */
const LISTED = 5;
const LISTED_DIFFERENCES = 20;

/** Exits with 2 where the command line is wrong. */
const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        'time-zone': { type: 'string', default: 'UTC' },
        jobs: { type: 'string', default: 'Infinity' },
        json: { type: 'boolean', default: false },
      },
    });
    const [folder, ...more] = positionals;
    const format = FORMATS.find((known) => known === values.format);
    const jobs = Number(values.jobs);
    const isValid = (values.format === undefined || format) && isTimeZone(values['time-zone']) && jobs >= 1;
    if (folder !== undefined && more.length === 0 && isValid)
      return { folder, format, timeZone: values['time-zone'], jobs, json: values.json };
  } catch {
    // An unknown option.
  }
  stderr.write(`${USAGE}\n`);
  return process.exit(2);
};

const showFiles = ({ files, unknownFiles, repeated }: Trace): string =>
  [
    ...files.flatMap(({ file, format, events, skipped }) => [
      `${file}: ${format}, ${counted(events, 'event')}, ${counted(skipped.length, 'record')} skipped`,
      ...skipped.slice(0, LISTED).map(({ line, reason }) => `  ${line}: ${reason}`),
      ...(skipped.length > LISTED ? [`  and ${skipped.length - LISTED} more (--json lists all)`] : []),
    ]),
    ...unknownFiles.map((file) => `${file}: in no known format, not read`),
    ...(repeated > 0 ? [`${counted(repeated, 'event')} read more than once`] : []),
  ].join('\n');

const showReport = (report: TraceReport): string => {
  const { jobs, jobsLeftOut, events, shifts, months, minutes, total, currency, differences } = report;
  return [
    ...shifts.map(({ source, days }) =>
      days === 0
        ? `${source}: times as recorded`
        : `${source}: all times moved by ${days} days, into the last 400 days and months that have ended`,
    ),
    ...(jobsLeftOut > 0 ? [`${counted(jobsLeftOut, 'job')} left out: older than 400 days even so`] : []),
    '',
    table(
      [
        { title: 'project' },
        { title: 'minutes', align: 'right' },
        { title: `billed ${currency}`, align: 'right' },
        { title: 'oracle', align: 'right' },
      ],
      report.projects.map(({ projectId, expected, billed }) => [
        projectId,
        String(billed.minutes),
        billed.total,
        expected.total,
      ]),
    ),
    '',
    `${counted(jobs, 'job')}, ${counted(events, 'event')}, months ${months[0]} to ${months.at(-1)}`,
    `${minutes} minutes, total ${total} ${currency}`,
    `differences: ${differences.length}`,
    ...differences.slice(0, LISTED_DIFFERENCES).map((difference) => `  ${difference}`),
  ].join('\n');
};

/** The events of the first jobs of a trace. */
const ofFirstJobs = (events: Trace['events'], most: number): Trace['events'] => {
  const jobs = new Set<string>();
  return events.filter(({ data, subject }) => {
    const job = `${data.projectId} ${subject}`;
    if (jobs.size < most) jobs.add(job);
    return jobs.has(job);
  });
};

const { folder, format, timeZone, jobs, json } = readArguments();
const progress = createProgress(Date.now);
const onProgress = (text: string) => progress.show(text);
try {
  const trace = await readTraces(folder, { format, timeZone, onProgress });
  if (trace.events.length === 0) throw new Error(`${folder} has no file in a known format with events`);
  if (!json) stdout.write(`${showFiles(trace)}\n`);
  progress.announce('starting DynamoDB Local, the functions and the stream between them');
  const events = ofFirstJobs(trace.events, jobs);
  const report = await withLocalStage((stage) => playTrace(stage, events, { now: Date.now(), onProgress }));
  progress.end();
  const { events: _, ...read } = trace;
  stdout.write(`${json ? JSON.stringify({ ...read, ...report }, null, 2) : showReport(report)}\n`);
  if (report.differences.length > 0) process.exitCode = 1;
} catch (error) {
  progress.end();
  stderr.write(`${explain(error)}\n`);
  // Retries of an interrupted run would keep the process alive.
  process.exit(1);
}
