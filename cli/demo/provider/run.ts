import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { get as httpsGet } from 'node:https';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Reconciliation } from '../../../lib/shapes/reconciliation.ts';
import { createOvhTranslator } from '../../../lib/sources/ovh.ts';
import { type OvhStandIn, startOvhStandIn } from '../../../local/ovh-stand-in/server.ts';
import type { ApiClientOptions } from '../../api-client.ts';
import { counted, dim } from '../../output.ts';
import { sendEvents, signingSecret } from '../../sender.ts';
import { showReconciliation } from '../../show-reconciliation.ts';
import { type Check, createChecks, type DemoCheck, verdict } from '../checks.ts';
import { createCommands, type RunCommand } from '../commands.ts';
import { type StatementAnswer, showStatement } from '../show.ts';
import { createReader, type DemoPorts, type DemoStage, type Get, onDemoStack } from '../stage.ts';
import {
  createProviderMonth,
  EXPECTED,
  jobIdOf,
  LOST,
  PLANTED,
  PROJECT,
  PROVIDER_PROJECT,
  RULE,
} from './scenario.ts';

export interface ProviderDemoReport {
  readonly checks: readonly DemoCheck[];
  readonly statement: StatementAnswer;
  readonly reconciliation: Reconciliation;
}

const CREDENTIALS = {
  applicationKey: 'demo-application-key',
  applicationSecret: 'demo-application-secret',
  consumerKey: 'demo-consumer-key',
};

type Env = Readonly<Record<string, string>>;

/** How the functions and the command line reach the stand-in. */
const environmentOf = ({ url, caFile }: OvhStandIn): Env => ({
  OVH_PROJECTS: `${PROVIDER_PROJECT}=${PROJECT}`,
  OVH_CREDENTIALS: Object.values(CREDENTIALS).join(' '),
  OVH_API_URL: url,
  NODE_EXTRA_CA_CERTS: caFile,
});

interface Steps {
  readonly run: RunCommand;
  readonly print: DemoStage['print'];
  readonly check: Check;
}

/** Makes a tariff of the provider's catalogue and publishes it, from the start of the month. */
const publishPrices = async ({ url, caFile }: OvhStandIn, from: string, { run, print, check }: Steps) => {
  const catalog = join(dirname(caFile), 'catalog.json');
  const tariff = join(dirname(caFile), 'tariff.json');
  const [response] = await once(
    httpsGet(`${url}/order/catalog/public/cloud?ovhSubsidiary=FR`, { ca: await readFile(caFile) }),
    'response',
  );
  await writeFile(catalog, JSON.stringify(await json(response)));
  const imported = await run(['tariff', 'import', 'ovh', catalog, '--from', from, '--output', tariff]);
  print(imported.output);
  const published = await run(['tariff', 'publish', tariff, '--backdate']);
  print(published.output);
  check('tariff made and published', [0, 0], [imported.code, published.code]);
};

/** The webhook of a platform that loses the stop of three jobs. */
const sendWebhooks = async ({ provider }: OvhStandIn, stage: DemoStage, check: Check) => {
  const { next } = createOvhTranslator({ project: { id: PROJECT }, timeZone: 'UTC' });
  const jobs = provider.list(PROVIDER_PROJECT, new URLSearchParams());
  const events = jobs.flatMap((job, index) => next(job, index + 1).events);
  const lost = new Set<string>(LOST.map(jobIdOf));
  const sent = events.filter(
    ({ subject, data: { status } }) => !(lost.has(subject) && (status === 'FINALIZING' || status === 'DONE')),
  );
  const { stack, settings, print, realTime } = stage;
  const receiver = { url: stack.url, secret: signingSecret('local', settings.webhookSecret) };
  const { results, stopped } = await sendEvents(receiver, sent, realTime);
  if (stopped) throw stopped.why;
  await stack.trigger.idle();
  check('events of the provider', EXPECTED.events, events.length);
  check('events lost', EXPECTED.lostEvents, events.length - results.length);
  print(
    `${counted(jobs.length, 'job')} at the provider; the webhook brought ${results.length} of ${counted(events.length, 'event')}`,
  );
};

const runningJobs = async (get: Get, month: string, print: DemoStage['print']): Promise<number> => {
  const { jobs } = (await get(`/v1/projects/${PROJECT}/jobs?month=${month}&status=RUNNING&limit=100`)) as {
    jobs: readonly { readonly jobId: string }[];
  };
  const ids = jobs.map(({ jobId }) => jobId).sort();
  print(`${counted(ids.length, 'job')} running${ids.length === 0 ? '' : `: ${ids.join(', ')}`}`);
  return ids.length;
};

const poll = async ({ stack, print }: DemoStage): Promise<number> => {
  const { projects } = (await stack.invoke('poll-jobs', {})) as {
    projects: readonly { readonly jobs: number; readonly recorded: number }[];
  };
  await stack.trigger.idle();
  const [{ jobs, recorded } = { jobs: 0, recorded: 0 }] = projects;
  print(`poll-jobs read ${counted(jobs, 'job')} and recorded ${counted(recorded, 'event')}`);
  return recorded;
};

/** What differs, by row and cause. */
const differencesOf = ({ rows }: Reconciliation) =>
  rows.flatMap(({ region = '', flavor, causes, unexplained }) => {
    const row = `${region} ${flavor}`;
    const isExplained = unexplained.unitMinutes === 0 && !/[1-9]/.test(unexplained.amount);
    return [
      ...causes.map(({ cause, unitMinutes, amount }) => ({ row, cause, unitMinutes, amount })),
      ...(isExplained ? [] : [{ row, cause: 'unexplained', ...unexplained }]),
    ];
  });

const byRow = <T extends { readonly row: string }>(differences: readonly T[]): readonly T[] =>
  differences.toSorted((a, b) => (a.row < b.row ? -1 : 1));

const reconcile = async (month: string, { run, print, check }: Steps) => {
  const { code, output } = await run(['reconcile', month, '--project', PROJECT], ['--json']);
  const report = JSON.parse(output) as Reconciliation;
  print(`${showReconciliation(PROJECT, report)}\n`);
  check("the provider's bill", EXPECTED.bill, report.total.provider.amount);
  check('billed here', EXPECTED.total, report.total.here.amount);
  check('every difference and its cause', byRow(EXPECTED.differences), byRow(differencesOf(report)));
  const hints = report.rows.flatMap((row) => row.hints ?? []);
  check('the job that is billed twice is named', true, hints.join().includes(jobIdOf(4)));
  check('exit code while something is unexplained', 1, code);
  return report;
};

/** Plays the month of the provider's jobs, and checks the provider's bill of it. */
const playProviderDemo = async (
  standIn: OvhStandIn,
  { month, start }: ReturnType<typeof createProviderMonth>,
  stage: DemoStage,
  ports: DemoPorts,
): Promise<ProviderDemoReport> => {
  const { stack, print, realTime } = stage;
  const { checks, check } = createChecks();
  const steps = { run: createCommands(print, { ...ports, ...environmentOf(standIn) }), print, check };
  const get = await createReader(stage, realTime);

  print(`the stand-in of the provider answers at ${standIn.url}\n`);
  await publishPrices(standIn, new Date(start).toISOString(), steps);
  print(dim('the webhook loses the stops of 5 % of the jobs: these seem to run on'));
  await sendWebhooks(standIn, stage, check);
  check('jobs that seem to run', LOST.length, await runningJobs(get, month, print));
  check('events that polling repairs', EXPECTED.lostEvents, await poll(stage));
  check('jobs that run after it', 0, await runningJobs(get, month, print));
  check('events of another poll', 0, await poll(stage));

  await stack.invoke('close-month', { month });
  print(`closed ${month}\n`);
  const statement = (await get(`/v1/projects/${PROJECT}/statements/${month}`)) as StatementAnswer;
  print(showStatement(statement));
  const lines = statement.lines.map(({ flavor, minutes, amount }) => ({ flavor, minutes, amount }));
  check('statement: lines', EXPECTED.lines, lines);
  check('statement: total', EXPECTED.total, statement.total);

  print(dim('the bill of the provider has three mistakes: a job counted twice, a price, an old rule'));
  standIn.plant(...PLANTED);
  const reconciliation = await reconcile(month, steps);
  print(verdict(checks));
  return { checks, statement, reconciliation };
};

/**
 * A month of jobs at a stand-in of the provider: webhooks lose stops, polling repairs them, and the
 * provider's bill has mistakes that a reconciliation finds. Every figure is compared with the one
 * worked out by hand.
 */
export const runProviderDemo = async (
  print: (text: string) => void,
  realTime: ApiClientOptions,
): Promise<ProviderDemoReport> => {
  const { now } = realTime;
  const month = createProviderMonth(now());
  const standIn = await startOvhStandIn({
    ...{ now, rule: RULE, credentials: CREDENTIALS },
    jobs: month.jobs,
  });
  try {
    return await onDemoStack(print, realTime, environmentOf(standIn), (stage, ports) =>
      playProviderDemo(standIn, month, stage, ports),
    );
  } finally {
    await standIn.close();
  }
};
