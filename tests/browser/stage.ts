import type { Page } from 'playwright-core';
import type { BudgetState } from '../../lib/shapes/budget.ts';
import type { ActionLog, Operations } from '../../lib/shapes/operations.ts';
import type { Statement, StatementPreview } from '../../lib/shapes/statement.ts';
import type { Usage } from '../../lib/shapes/usage.ts';
import { nextMonth } from '../../web/calendar.ts';
import { fromSnapshot } from './large-month.ts';
import { HELD, PROJECT, type Told, TROUBLED, UNRATED } from './story.ts';

const CURRENCY = 'EUR';
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
/** The longest that a name may be. */
const LONG = `w${'ide-'.repeat(31)}n`;

type Threshold = BudgetState['thresholds'][number];

const threshold = (at: string, amount: string, more: Partial<Threshold> = {}): Threshold => ({
  ...{ at, on: 'spent', action: 'notify', amount },
  ...more,
});

/**
 * Twenty budgets: beyond their amount, close to it, far from it, of labels and with long names. That of
 * all jobs is among the first six, however little of the month has passed.
 */
const budgets = ({ month, total: spent, forecast }: Usage): BudgetState[] => {
  const common = {
    month,
    currency: CURRENCY,
    stops: 'until it fits',
    changedAt: `${month}-01T00:00:00.000Z`,
  };
  const few = (name: string, more: Partial<BudgetState>): BudgetState => ({
    ...{ ...common, name, amount: '1000.00', spent: '0.00', forecast: '12.00' },
    ...{ thresholds: [threshold('80%', '800.00')], stops: 'all', ...more },
  });
  return [
    few('all-jobs', {
      ...{ amount: '5000.00', spent, forecast: forecast?.expected ?? spent },
      thresholds: [
        threshold('50%', '2500.00', { willCrossAt: '2999-11-24T09:12:00.000Z' }),
        threshold('4500.00', '4500.00'),
        threshold('100%', '5000.00', { action: 'stop' }),
        threshold('100%', '5000.00', { on: 'forecast', crossedAt: `${month}-01T14:05:00.000Z` }),
      ],
    }),
    few('vision', {
      ...{ label: 'team=vision', spent: '1250.40', forecast: '1900.00' },
      thresholds: [
        threshold('80%', '800.00', { crossedAt: `${month}-01T12:05:00.000Z` }),
        threshold('100%', '1000.00', { crossedAt: `${month}-01T14:05:00.000Z`, action: 'stop' }),
      ],
    }),
    few(LONG, { label: `${'l'.repeat(63)}=${'v'.repeat(128)}`, spent: '799.99' }),
    ...Array.from({ length: 17 }, (_, index) =>
      few(`team-${index + 1}`, { label: `team=${index + 1}`, spent: `${Math.max(0, index - 13) * 100}.00` }),
    ),
  ];
};

/** Gives the project budgets in the current month, and a snapshot that is being taken again. */
export const withBudgets = async (page: Page): Promise<void> => {
  await page.route(`**/projects/${PROJECT}/usage`, async (route) => {
    const response = await route.fetch();
    const usage = (await response.json()) as Usage;
    const json = fromSnapshot({ ...usage, budgets: budgets(usage) }, 'being taken');
    await route.fulfill({ response, json });
  });
};

const at = (month: string, day: string) => `${month}-${day}:00.000Z`;

const BY = { kind: 'token', id: 'ana@example.com' } as const;

const draftsOf = (month: string, preparedAt: string): Operations['drafts'] => {
  const draft = { month, currency: CURRENCY, preparedAt, digest: DIGEST };
  const decision = { by: BY, at: preparedAt };
  return {
    ...{ count: 3, waiting: 1 },
    drafts: [
      { ...draft, projectId: PROJECT, total: '2239.09', state: 'waits' },
      {
        ...{ ...draft, projectId: LONG, total: '-12.00', state: 'held back' },
        decision: { ...decision, reason: 'the flavor of three jobs is disputed by the customer' },
      },
      { ...draft, projectId: TROUBLED, total: '0.03', state: 'approved', decision },
    ],
  };
};

const closeBudgets = (month: string, asOf: string): Operations['budgets'] => {
  const budget = { month, currency: CURRENCY, asOf };
  const nextCrossingAt = at(month, '03T09:12');
  return {
    count: 2,
    budgets: [
      { ...budget, projectId: PROJECT, name: 'vision', amount: '1000.00', spent: '1250.40' },
      { ...budget, projectId: LONG, name: LONG, amount: '9000.00', spent: '7260.00', nextCrossingAt },
    ],
  };
};

const auditOf = (month: string, since: string): NonNullable<Operations['audit']> => ({
  ...{ startedAt: since, finishedAt: since, heals: true, jobs: 20_400, usageMonths: 1_800 },
  ...{ differences: 3, healed: 3 },
  held: {
    count: 140,
    jobs: [
      { projectId: TROUBLED, jobId: HELD, since, cause: 'maxSilence', atStakePerHour: '1.93' },
      { projectId: LONG, jobId: LONG, since, cause: 'forbidden step' },
    ],
  },
  unrated: {
    count: 1,
    jobs: [
      { projectId: TROUBLED, jobId: UNRATED, usageMonth: month, since, minutes: 52, flavor: 'ai2-h100' },
    ],
  },
});

const deliveriesOf = (time: string): Operations['deliveries'] => [
  {
    ...{ endpointId: 'end-1', host: 'billing.example.com', createdAt: time, failing: 12, parked: 3 },
    attempts: { count: 100, failed: 96 },
    oldest: {
      ...{ since: time, eventId: `statement.issued/${DIGEST}`, type: 'statement.issued', attempts: 14 },
      error: 'it answered 500 Internal Server Error',
    },
  },
  {
    ...{ endpointId: 'end-2', host: `${'very-long-name.'.repeat(12)}example`, projectId: PROJECT },
    ...{ createdAt: time, failing: 0, parked: 0, attempts: { count: 4, failed: 0 } },
    types: ['budget.threshold.crossed', 'job.stop.requested'],
  },
  { endpointId: 'provider', failing: 0, parked: 0, attempts: { count: 1, failed: 0 } },
];

/** A stage with something of everything, as long as it can be. */
export const fullStage = ({ current, lastMonth, monthBefore }: Told): Operations => {
  const time = at(lastMonth, '28T08:00');
  const tooLarge = 'Item size has exceeded the maximum allowed size';
  const poll = { provider: '3f1c8a527a904f5e9d1b0a6c2b7e4d11', projectId: PROJECT, polledAt: time };
  return {
    ...{ asOf: at(current, '02T08:00'), timeZone: 'UTC', currency: CURRENCY },
    closed: [
      { month: monthBefore, closedAt: time, statements: 1_204 },
      { month: nextMonth(monthBefore, -1), closedAt: time },
    ],
    open: {
      count: 1,
      months: [
        {
          ...{ month: lastMonth, endedAt: time, closesAt: time, overdue: true },
          ...{ shards: { done: 5, begun: 9, of: 16 }, statements: 640, drafts: 2 },
          failures: [{ projectId: LONG, error: tooLarge }],
        },
      ],
    },
    drafts: draftsOf(lastMonth, time),
    budgets: closeBudgets(current, time),
    parked: {
      count: 1,
      jobs: [{ projectId: TROUBLED, jobId: HELD, parkedAt: time, error: tooLarge }],
    },
    publications: [
      { tariff: `${lastMonth}-01T00:00:00Z#3`, startedAt: time, jobsSettled: 12_000, jobsParked: 2 },
    ],
    audit: auditOf(current, time),
    polls: {
      count: 2,
      polls: [
        { ...poll, lastSuccess: time },
        { ...poll, provider: 'a'.repeat(32) },
      ],
    },
    deliveries: deliveriesOf(time),
  };
};

/** A stage on which nothing waits for anybody. */
export const quietStage = (told: Told): Operations => {
  const { audit: _, closed, ...full } = fullStage(told);
  return {
    ...full,
    closed,
    open: { count: 0, months: [] },
    drafts: { count: 0, waiting: 0, drafts: [] },
    budgets: { count: 0, budgets: [] },
    parked: { count: 0, jobs: [] },
    publications: [],
    polls: { count: 0, polls: [] },
    deliveries: [],
  };
};

/** What people have done: the last of them has a long name. */
export const actionsOf = ({ lastMonth }: Told): ActionLog['actions'] => [
  {
    ...{ at: at(lastMonth, '28T08:00'), action: 'budget.changed', projectId: PROJECT, target: 'vision' },
    by: BY,
    detail: '800.00 EUR for team=vision: notify at 80% -> 1000.00 EUR for team=vision: stop at 100%',
  },
  {
    ...{ at: at(lastMonth, '28T07:00'), action: 'statement.approved', projectId: PROJECT },
    ...{ target: lastMonth, by: { kind: 'local', id: 'operator' }, detail: `2239.09 EUR, ${DIGEST}` },
  },
  {
    ...{ at: at(lastMonth, '27T08:00'), action: 'tariff.published', target: `${lastMonth}-28T00:00:00Z#3` },
    by: { kind: 'iam', id: 'arn:aws:sts::123456789012:assumed-role/operators/somebody-with-a-long-name' },
  },
];

/** Answers for the stage, and for its log. */
export const withStage = async (
  page: Page,
  told: Told,
  stage = fullStage(told),
  actions = actionsOf(told),
): Promise<void> => {
  const log: ActionLog = { timeZone: 'UTC', actions };
  await page.route('**/v1/operations', (route) => route.fulfill({ json: stage }));
  await page.route('**/v1/operations/log?*', (route) => route.fulfill({ json: log }));
};

/** The last month as if it was not closed. Its statement is issued. */
export const withOpenMonth = (page: Page, { lastMonth }: Pick<Told, 'lastMonth'>) =>
  page.route(`**/projects/${PROJECT}/usage?month=${lastMonth}`, async (route) => {
    const response = await route.fetch();
    const { billed: _, ...usage } = (await response.json()) as Usage;
    await route.fulfill({ response, json: usage });
  });

/** The last month as if it was not closed, with a draft that late facts have changed. */
export const withPreview = async (page: Page, { lastMonth }: Told): Promise<void> => {
  const path = `**/projects/${PROJECT}/statements`;
  const time = at(lastMonth, '28T08:00');
  await page.route(path, (route) => route.fulfill({ json: { projectId: PROJECT, statements: [] } }));
  await withOpenMonth(page, { lastMonth });
  await page.route(`${path}/${lastMonth}?*`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace('?preview=true', '') });
    const { statementId: _, issuedAt: __, ...content } = (await response.json()) as Statement;
    const preview: StatementPreview = {
      ...{ ...content, preview: true },
      draft: {
        ...{ state: 'held back', digest: DIGEST, currency: CURRENCY, total: '2235.23', preparedAt: time },
        decision: { by: BY, at: time, reason: 'a job is disputed' },
      },
      differences: {
        ...{ currency: CURRENCY, total: '3.86' },
        lines: [
          {
            ...{ change: 'changed', flavor: 'ai1-1-gpu', unit: 'gpu', usageMonth: lastMonth },
            ...{ pricePerHour: '1.93', before: '1963.45', now: '1967.31' },
          },
        ],
      },
    };
    await route.fulfill({ response, json: preview });
  });
  await page.route(`${path}/${lastMonth}`, async (route) => {
    const response = await route.fetch();
    const statement = (await response.json()) as Statement;
    await route.fulfill({ response, json: { ...statement, approvedBy: { ...BY, at: time } } });
  });
};
