import { ORIGIN } from '../origin.ts';
import { PROBLEM_KINDS, type ProblemCode } from '../problem.ts';
import { BUDGET } from './budget-examples.ts';

/**
 * Responses for one scenario: a CPU job retracted after its month was closed, a GPU job that ran
 * over a month end, and a running job. A test plays the scenario and compares.
 */

const NO_CHARGES = { count: 0, charges: [] };

export const USAGE = {
  projectId: 'proj-1',
  month: '2026-11',
  timeZone: 'UTC',
  asOf: '2026-11-23T01:43:42.910Z',
  currency: 'EUR',
  total: '0.06',
  lines: [
    {
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      usageMonth: '2026-11',
      kind: 'usage',
      minutes: 1,
      unitMinutes: 2,
      pricePerHour: '1.93',
      amount: '0.06',
      currency: 'EUR',
      cumulativeUnitMinutes: 2,
    },
  ],
  days: [
    {
      date: '2026-11-23',
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      pricePerHour: '1.93',
      minutes: 1,
      unitMinutes: 2,
      amount: '0.06',
      currency: 'EUR',
    },
  ],
  forecast: {
    monthEnd: '2026-12-01T00:00:00.000Z',
    atThisPace: '0.08',
    ifAllKeepRunning: '734.49',
    low: '0.06',
    expected: '0.06',
    high: '734.49',
    ofRunningJobs: '0.00',
    ofFurtherJobs: '0.00',
    currency: 'EUR',
  },
  budgets: [BUDGET],
  running: {
    count: 1,
    charges: [
      {
        projectId: 'proj-1',
        state: 'running',
        amountTimes60: '3.86',
        end: '2026-11-23T01:43:42.910Z',
        endedBy: {
          cause: 'now',
        },
        flavor: 'ai1-1-gpu',
        jobId: 'job-8c1f',
        minutes: 1,
        openedBy: {
          id: 'job-8c1f-4',
          source: 'https://gra.training.example',
          time: '2026-11-23T01:43:33.000Z',
        },
        pricePerHour: '1.93',
        start: '2026-11-23T01:43:33.000Z',
        statedBy: {
          id: 'job-8c1f-4',
          source: 'https://gra.training.example',
          time: '2026-11-23T01:43:33.000Z',
        },
        tariff: '2023-02-14T00:00:00.000Z#1',
        unit: 'gpu',
        unitMinutes: 2,
        units: 2,
        usageMonth: '2026-11',
      },
    ],
  },
  unrated: NO_CHARGES,
  held: { ...NO_CHARGES, cost: '0.00', atStakePerHour: '0', currency: 'EUR', causes: [] },
};

export const PROJECT_JOBS = {
  projectId: 'proj-1',
  month: '2026-10',
  jobs: [
    {
      jobId: 'job-gpu',
      status: 'DONE',
      running: false,
      start: '2026-09-30T21:00:30.000Z',
      end: '2026-10-01T02:00:00.000Z',
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      units: 2,
      minutes: 120,
      cost: '7.72',
      currency: 'EUR',
    },
  ],
};

export const STATEMENTS = {
  projectId: 'proj-1',
  statements: [
    {
      month: '2026-10',
      statementId: '224444db-7147-466f-a4fc-4418d237a066',
      currency: 'EUR',
      total: '-6.68',
      issuedAt: '2026-11-01T02:00:00.000Z',
    },
    {
      month: '2026-09',
      statementId: '1841ce80-1323-43c8-9b07-610335da0399',
      currency: 'EUR',
      total: '25.98',
      issuedAt: '2026-10-01T02:00:00.000Z',
    },
  ],
};

export const STATEMENT = {
  projectId: 'proj-1',
  timeZone: 'UTC',
  month: '2026-10',
  statementId: '224444db-7147-466f-a4fc-4418d237a066',
  currency: 'EUR',
  total: '-6.68',
  issuedAt: '2026-11-01T02:00:00.000Z',
  digest: 'sha256:0709de69465b58a55dbe4d441384410f62edfaba118619c9e047cb6e503da48d',
  lines: [
    {
      flavor: 'ai1-1-cpu',
      unit: 'cpu',
      usageMonth: '2026-09',
      kind: 'correction',
      minutes: -14400,
      unitMinutes: -28800,
      pricePerHour: '0.03',
      amount: '-14.40',
      currency: 'EUR',
      cumulativeUnitMinutes: 0,
    },
    {
      flavor: 'ai1-1-gpu',
      unit: 'gpu',
      usageMonth: '2026-10',
      kind: 'usage',
      minutes: 120,
      unitMinutes: 240,
      pricePerHour: '1.93',
      amount: '7.72',
      currency: 'EUR',
      cumulativeUnitMinutes: 240,
    },
  ],
  included: [
    {
      item: 'AI Training managed service',
      amount: '0.00',
      currency: 'EUR',
    },
    {
      item: 'Ephemeral local storage',
      amount: '0.00',
      currency: 'EUR',
    },
    {
      item: 'Ingress and egress network traffic',
      amount: '0.00',
      currency: 'EUR',
    },
  ],
  unrated: NO_CHARGES,
  held: NO_CHARGES,
};

/** The charge after midnight of a job that ran over a month end. */
const GPU_IN_OCTOBER = {
  amountTimes60: '463.2',
  end: '2026-10-01T02:00:00.000Z',
  endedBy: {
    cause: 'fact',
    fact: {
      id: 'job-gpu-3',
      source: 'https://gra.training.example',
      time: '2026-10-01T02:00:00.000Z',
    },
  },
  flavor: 'ai1-1-gpu',
  jobId: 'job-gpu',
  minutes: 120,
  openedBy: {
    id: 'job-gpu-2',
    source: 'https://gra.training.example',
    time: '2026-09-30T21:00:30.000Z',
  },
  pricePerHour: '1.93',
  start: '2026-10-01T00:00:30.000Z',
  statedBy: { id: 'job-gpu-1', source: 'https://gra.training.example', time: '2026-09-30T20:59:00.000Z' },
  tariff: '2023-02-14T00:00:00.000Z#1',
  unit: 'gpu',
  unitMinutes: 240,
  units: 2,
  usageMonth: '2026-10',
};

export const STATEMENT_CHARGES = {
  projectId: 'proj-1',
  month: '2026-10',
  statementId: '224444db-7147-466f-a4fc-4418d237a066',
  timeZone: 'UTC',
  currency: 'EUR',
  charges: [
    {
      amountTimes60: '0',
      jobId: 'job-cpu',
      minutes: 0,
      replaces: {
        amountTimes60: '864',
        end: '2026-09-13T08:00:00.000Z',
        endedBy: {
          cause: 'fact',
          fact: {
            id: 'job-cpu-2',
            source: 'https://gra.training.example',
            time: '2026-09-13T08:00:00.000Z',
          },
        },
        flavor: 'ai1-1-cpu',
        jobId: 'job-cpu',
        minutes: 14400,
        openedBy: {
          id: 'job-cpu-1',
          source: 'https://gra.training.example',
          time: '2026-09-03T08:00:00.000Z',
        },
        pricePerHour: '0.03',
        start: '2026-09-03T08:00:00.000Z',
        statedBy: {
          id: 'job-cpu-1',
          source: 'https://gra.training.example',
          time: '2026-09-03T08:00:00.000Z',
        },
        tariff: '2023-02-14T00:00:00.000Z#1',
        unit: 'cpu',
        unitMinutes: 28800,
        units: 2,
        usageMonth: '2026-09',
      },
      start: '2026-09-03T08:00:00.000Z',
      usageMonth: '2026-09',
    },
    GPU_IN_OCTOBER,
  ],
};

const LONGER = { unitMinutes: 10, amount: '0.32' };
const COMPARED = {
  provider: { unitMinutes: 250, amount: '8.04' },
  here: { unitMinutes: 240, amount: '7.72' },
  difference: LONGER,
  causes: [{ cause: 'events missing', ...LONGER }],
  unexplained: { unitMinutes: 0, amount: '0.00' },
};

export const RECONCILIATION = {
  projectId: 'proj-1',
  timeZone: 'UTC',
  month: '2026-10',
  currency: 'EUR',
  providerUpdatedAt: '2026-11-01T04:12:09.000Z',
  comparedAt: '2026-11-02T08:00:00.000Z',
  rows: [
    {
      projectId: 'proj-1',
      region: 'GRA',
      flavor: 'ai1-1-gpu',
      ...COMPARED,
      jobs: [
        {
          jobId: 'job-gpu',
          cause: 'events missing',
          provider: COMPARED.provider,
          here: COMPARED.here,
          ...LONGER,
          detail: 'the provider says that it ran for 125 minutes, its events here say 120',
          missingEvents: ['DONE@2026-10-01T02:05:00Z'],
        },
      ],
      jobCount: 1,
    },
  ],
  total: COMPARED,
  missingEvents: 1,
  notes: [],
};

export const JOB = {
  jobId: 'job-gpu',
  projectId: 'proj-1',
  status: 'DONE',
  resources: {
    flavor: 'ai1-1-gpu',
    cpu: 26,
    gpu: 2,
  },
  transitions: [
    {
      source: 'https://gra.training.example',
      id: 'job-gpu-1',
      status: 'QUEUED',
      time: '2026-09-30T20:59:00.000Z',
      resources: {
        flavor: 'ai1-1-gpu',
        cpu: 26,
        gpu: 2,
      },
    },
    {
      source: 'https://gra.training.example',
      id: 'job-gpu-2',
      status: 'RUNNING',
      time: '2026-09-30T21:00:30.000Z',
    },
    {
      source: 'https://gra.training.example',
      id: 'job-gpu-3',
      status: 'DONE',
      time: '2026-10-01T02:00:00.000Z',
    },
  ],
  retractions: [],
  intervals: [
    {
      start: '2026-09-30T21:00:30.000Z',
      end: '2026-10-01T02:00:00.000Z',
      minutes: 300,
    },
  ],
  charges: [
    {
      projectId: 'proj-1',
      state: 'final',
      amountTimes60: '694.8',
      end: '2026-10-01T00:00:30.000Z',
      endedBy: {
        cause: 'month end',
      },
      flavor: 'ai1-1-gpu',
      jobId: 'job-gpu',
      minutes: 180,
      openedBy: {
        id: 'job-gpu-2',
        source: 'https://gra.training.example',
        time: '2026-09-30T21:00:30.000Z',
      },
      pricePerHour: '1.93',
      start: '2026-09-30T21:00:30.000Z',
      statedBy: { id: 'job-gpu-1', source: 'https://gra.training.example', time: '2026-09-30T20:59:00.000Z' },
      tariff: '2023-02-14T00:00:00.000Z#1',
      unit: 'gpu',
      unitMinutes: 360,
      units: 2,
      usageMonth: '2026-09',
    },
    {
      projectId: 'proj-1',
      state: 'final',
      ...GPU_IN_OCTOBER,
    },
  ],
  cost: '19.30',
  currency: 'EUR',
  billed: [
    {
      month: '2026-09',
      usageMonth: '2026-09',
      kind: 'usage',
      minutes: 180,
      amount: '11.58',
      currency: 'EUR',
    },
    {
      month: '2026-10',
      usageMonth: '2026-10',
      kind: 'usage',
      minutes: 120,
      amount: '7.72',
      currency: 'EUR',
    },
  ],
  asOf: '2026-11-23T01:43:42.910Z',
  warnings: [],
};

export const PROJECTS = { month: '2026-11', projects: ['proj-1'] };

export const STATUS_EVENT = {
  specversion: '1.0',
  type: 'training.job.status',
  source: 'https://gra.training.example',
  id: 'job-8c1f-4',
  subject: 'job-8c1f',
  time: '2026-11-23T01:43:33Z',
  data: { projectId: 'proj-1', status: 'RUNNING', resources: { flavor: 'ai1-1-gpu', gpu: 2, cpu: 26 } },
};

export const RETRACTION_EVENT = {
  specversion: '1.0',
  type: 'training.job.retraction',
  source: 'https://gra.training.example',
  id: 'job-cpu-3',
  subject: 'job-cpu',
  time: '2026-10-05T09:00:00Z',
  data: {
    projectId: 'proj-1',
    source: 'https://gra.training.example',
    id: 'job-cpu-1',
    reason: 'reported for the wrong project',
  },
};

export const RECORDED_EVENTS = {
  results: [
    { id: 'job-8c1f-4', outcome: 'recorded' },
    { id: 'job-cpu-3', outcome: 'duplicate' },
  ],
};

const problem = (code: ProblemCode, detail: string, members: object = {}) => {
  const { status, title } = PROBLEM_KINDS[code];
  return { type: `urn:jobmeter:problem:${code}`, title, status, detail, ...members };
};

export const NO_SUBJECT = problem('invalid', 'nothing was recorded: see errors', {
  errors: [{ pointer: '/subject', detail: 'subject must be 1 to 128 characters of A-Z a-z 0-9 . _ : -' }],
});

export const CONFLICT = problem(
  'conflict',
  '1 of 1 events were recorded before with other content and were not changed: send a correction as a new event with an id of its own, or a retraction',
  { results: [{ id: 'job-8c1f-4', outcome: 'conflict' }] },
);

export const UNSIGNED = problem('unauthenticated', 'the webhook-signature header is missing');

export const NO_TOKEN = problem('unauthenticated', 'a bearer token is required');

export const NOT_FOUND = problem('not-found', 'not found, or not visible with this token');

export const BEING_COMPUTED = problem(
  'unavailable',
  'the charges of proj-1 in 2026-11 are many and are being added up; try again in some seconds',
  { beingComputed: true },
);

/** The same usage where the month is large. */
export const LARGE_USAGE = {
  ...USAGE,
  snapshot: { takenAt: USAGE.asOf, charges: 100_000, state: 'current' },
};

export const ODD_MONTH = problem(
  'invalid',
  'the parameter month must be a month as YYYY-MM, from 2000-01 to 9999-12',
  { errors: [{ pointer: 'month', detail: 'must be a month as YYYY-MM, from 2000-01 to 9999-12' }] },
);

export const LINK_REQUEST = {
  projectId: 'proj-1',
  to: '/projects/proj-1/2026-10/statement',
  expiresIn: 'PT1H',
};

export const LINK = {
  url: `${ORIGIN}/#token=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJwcm9qZWN0cyI6WyJwcm9qLTEiXSwic2NvcGUiOiJ1c2FnZTpyZWFkIiwiaWF0IjoxNzk1Mzk4MjIyLCJleHAiOjE3OTU0MDE4MjJ9.AW6yzcPItQgZH45wWhnX2247t4sjLpU-2dh4KY_WGjg&to=%2Fprojects%2Fproj-1%2F2026-10%2Fstatement`,
  expiresAt: '2026-11-23T02:43:42.000Z',
};
