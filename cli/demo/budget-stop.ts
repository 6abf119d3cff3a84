import { MINUTE_MS, SECOND_MS } from '../../lib/billing/minutes.ts';
import { createCalendar } from '../../lib/billing/months.ts';
import type { Status } from '../../lib/billing/statuses.ts';
import type { ApiClientOptions } from '../api-client.ts';
import { bold, dim, indent } from '../output.ts';
import { sendEvents, signingSecret } from '../sender.ts';
import type { Check } from './checks.ts';
import type { RunCommand } from './commands.ts';
import type { Consumer } from './consumer.ts';
import type { DemoEvent } from './scenario.ts';
import { type JobAnswer, showJob } from './show.ts';
import type { DemoStage, Get } from './stage.ts';

const PROJECT = 'proj-limit';
const JOB = 'job-over-budget';
const BUDGET = 'monthly';

/** A budget is about the month that runs: near its end, that of the next one. */
const MONTH_LEFT_MS = MINUTE_MS / 2;

/** The first minute of 64 GPUs costs 64 x 1.93 / 60 = 2.0587. */
const EXPECTED = {
  thresholds: ['1.00 notify', '2.00 stop'],
  costPerHour: '123.52',
  cost: '2.06',
  minutes: 1,
} as const;

const eventOf = (status: Status, time: number, stated: object = {}): DemoEvent => ({
  specversion: '1.0',
  type: 'training.job.status',
  source: 'https://demo.training.example',
  id: `${JOB}-${status}`,
  subject: JOB,
  time: new Date(time).toISOString(),
  data: { projectId: PROJECT, status, ...stated },
});

interface Crossed {
  readonly threshold: { readonly amount: string; readonly action: string };
  readonly crossedAt: string;
}

interface Steps {
  readonly run: RunCommand;
  readonly get: Get;
  readonly consumer: Consumer;
  readonly patience: ApiClientOptions;
  readonly check: Check;
}

const waitForTheMonth = async ({ now, pause }: ApiClientOptions, print: DemoStage['print']) => {
  const { end } = createCalendar('UTC').monthOf(now());
  const left = end - now();
  if (left > MONTH_LEFT_MS) return;
  print(dim('the month ends: waiting for the next one'));
  await pause(left + SECOND_MS);
};

/** A job starts and crosses its budget: the signed request to stop it arrives, and it is stopped. */
export const stopByBudget = async (stage: DemoStage, steps: Steps): Promise<JobAnswer> => {
  const { stack, settings, print } = stage;
  const { run, get, consumer, patience, check } = steps;
  const receiver = { url: stack.url, secret: signingSecret('local', settings.webhookSecret) };
  const send = async (...events: DemoEvent[]) => {
    const { stopped } = await sendEvents(receiver, events, patience);
    if (stopped) throw stopped.why;
    await stack.trigger.idle();
  };

  await waitForTheMonth(patience, print);
  const options = ['--amount', '2.00', '--notify', '50%', '--stop', '100%'];
  const set = await run(['budget', 'set', PROJECT, BUDGET, ...options]);
  print(set.output);
  const start = patience.now();
  await send(eventOf('RUNNING', start, { resources: { flavor: 'ai1-1-gpu', gpu: 64, cpu: 832 } }));
  print(`${JOB} runs on 64 GPUs, and its first minute costs more than the budget has`);
  await stack.invoke('check-budgets', {});
  await stack.trigger.idle();

  const about = (type: string) => consumer.events().filter((event) => event.type === type);
  const crossed = about('budget.threshold.crossed').map(({ data }) => data as unknown as Crossed);
  const fired = crossed.map(({ threshold: { amount, action } }) => `${amount} ${action}`);
  check('thresholds crossed, in order', EXPECTED.thresholds, fired);
  const started = new Date(start).toISOString();
  check(
    'crossed at',
    [started, started],
    crossed.map(({ crossedAt }) => crossedAt),
  );
  const requests = about('job.stop.requested');
  check(
    'requests to stop',
    [[JOB, EXPECTED.costPerHour]],
    requests.map(({ subject, data }) => [subject, data.costPerHour]),
  );
  for (const request of requests) {
    print(`${bold('received')}, and its signature is right:`);
    print(indent(JSON.stringify(request, null, 2)));
  }

  await send(eventOf('INTERRUPTING', start + 20 * SECOND_MS), eventOf('INTERRUPTED', start + MINUTE_MS / 2));
  const job = (await get(`/v1/projects/${PROJECT}/jobs/${JOB}`)) as JobAnswer;
  print(showJob(job, 'the platform has stopped it: only its events say so'));
  check(`${JOB}: cost`, EXPECTED.cost, job.cost);
  const minutes = job.charges.reduce((sum, charge) => sum + charge.minutes, 0);
  check(`${JOB}: minutes`, EXPECTED.minutes, minutes);
  return job;
};
