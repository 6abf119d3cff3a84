import { stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import type { Billed } from './billed.ts';
import { type LostEventsReport, simulateLostEvents } from './report.ts';

const USAGE = 'usage: npm run simulate:lost -- [--jobs <n>] [--seed <n>] [--poll-every <minutes>] [--json]';
const LISTED_DIFFERENCES = 20;

/** Exits with 2 where the command line is wrong. */
const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: {
        jobs: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        'poll-every': { type: 'string', default: '60' },
        json: { type: 'boolean', default: false },
      },
    });
    const [jobCount, seed, pollEvery] = [values.jobs, values.seed, values['poll-every']].map(Number);
    const isValid = [jobCount, pollEvery].every((number = 0) => Number.isSafeInteger(number) && number > 0);
    if (isValid && jobCount && pollEvery && Number.isSafeInteger(seed))
      return { jobCount, pollEvery, seed: Number(seed), json: values.json };
  } catch {
    // An unknown option.
  }
  stderr.write(`${USAGE}\n`);
  return process.exit(2);
};

const showBilled = (name: string, billed: Billed): string =>
  [
    `${name}: ${billed.total} EUR, ${billed.held} runs held, ${billed.missing} state changes never heard of`,
    `  ${billed.wrongJobs} jobs wrong: ${billed.minutesTooMany} minutes too many, ${billed.minutesTooFew} too few`,
    `  differences from what must be billed: ${billed.differences.length}`,
    ...billed.differences.slice(0, LISTED_DIFFERENCES).map((difference) => `    ${difference}`),
  ].join('\n');

const show = (report: LostEventsReport): string =>
  [
    `${report.jobCount} jobs of ${report.projectCount} projects, ${report.months[0]} to ${report.months.at(-1)}, seed ${report.seed}`,
    `${report.stateChanges} state changes, ${report.lostChanges} lost, with all of ${report.lostStops} of ${report.runs} stops`,
    `truth: ${report.truth.total} EUR, ${report.truth.minutes} minutes`,
    showBilled('with polling', report.withPolling),
    showBilled('without polling', report.withoutPolling),
  ].join('\n');

const { json, ...chosen } = readArguments();
const startedAt = performance.now();
const report = await simulateLostEvents(
  {
    ...{ ...chosen, projectCount: 10, pageSize: 20 },
    ...{ stops: 0.05, events: 0.01, apiFailures: 0.02 },
  },
  { onProgress: (text) => stderr.write(`${text}\n`) },
);
stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${show(report)}\n`);
const found = report.withPolling.differences.length + report.withoutPolling.differences.length;
if (found > 0) process.exitCode = 1;
