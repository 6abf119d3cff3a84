/** What the operators of a stage read. A test plays it and compares. */

export const OPERATIONS = {
  asOf: '2026-12-01T07:30:00.000Z',
  timeZone: 'UTC',
  currency: 'EUR',
  closed: [{ month: '2026-10', closedAt: '2026-11-01T06:00:00.000Z', statements: 1 }],
  open: {
    count: 1,
    months: [
      {
        month: '2026-11',
        endedAt: '2026-12-01T00:00:00.000Z',
        closesAt: '2026-12-01T06:00:00.000Z',
        overdue: true,
        shards: { done: 1, begun: 2, of: 16 },
        statements: 5,
        failures: [{ projectId: 'proj-2', error: 'Error: a charge of job-x is not sound' }],
        drafts: 1,
      },
    ],
  },
  drafts: {
    count: 1,
    waiting: 1,
    drafts: [
      {
        projectId: 'proj-1',
        month: '2026-11',
        total: '27.80',
        currency: 'EUR',
        state: 'waits',
        preparedAt: '2026-12-01T06:02:00.000Z',
        digest: 'sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a',
      },
    ],
  },
  budgets: {
    count: 1,
    budgets: [
      {
        projectId: 'proj-1',
        name: 'vision',
        month: '2026-12',
        amount: '100.00',
        spent: '86.40',
        currency: 'EUR',
        asOf: '2026-12-01T07:29:30.000Z',
        nextCrossingAt: '2026-12-01T11:02:00.000Z',
      },
    ],
  },
  parked: {
    count: 1,
    jobs: [
      {
        projectId: 'proj-2',
        jobId: 'job-x',
        parkedAt: '2026-12-01T07:30:00.000Z',
        error: 'Error: no facts',
      },
    ],
  },
  publications: [
    {
      tariff: '2023-02-14T00:00:00.000Z#2',
      startedAt: '2026-12-01T07:30:00.000Z',
      jobsSettled: 3,
      jobsParked: 0,
    },
  ],
  audit: {
    startedAt: '2026-12-01T07:30:00.000Z',
    finishedAt: '2026-12-01T07:30:00.000Z',
    heals: true,
    jobs: 3,
    usageMonths: 2,
    differences: 0,
    healed: 0,
    held: {
      count: 1,
      jobs: [
        {
          projectId: 'proj-1',
          jobId: 'job-lost',
          since: '2026-11-29T00:00:00.000Z',
          cause: 'maxRunning',
          flavor: 'ai1-1-gpu',
          atStakePerHour: '3.86',
        },
      ],
    },
    unrated: {
      count: 1,
      jobs: [
        {
          projectId: 'proj-1',
          jobId: 'job-h100',
          usageMonth: '2026-11',
          since: '2026-11-30T10:00:00.000Z',
          minutes: 90,
          flavor: 'ai2-h100',
          waitsFor: ['a price for ai2-h100'],
        },
      ],
    },
  },
  polls: {
    count: 1,
    polls: [
      {
        provider: 'c1d2',
        projectId: 'proj-1',
        polledAt: '2026-12-01T07:29:02.000Z',
        lastSuccess: '2026-12-01T07:29:01.000Z',
      },
    ],
  },
  deliveries: [
    {
      endpointId: 'endpoint-1',
      host: 'hooks.example',
      types: ['statement.issued', 'job.held'],
      createdAt: '2026-10-12T10:00:00.000Z',
      failing: 1,
      parked: 0,
      oldest: {
        since: '2026-11-29T00:00:05.000Z',
        eventId: 'job.held/proj-1/job-lost/maxRunning/2026-11-29T00:00:00.000Z',
        type: 'job.held',
        attempts: 18,
        nextAttemptAt: '2026-12-01T09:10:00.000Z',
        error: 'it answered 503',
      },
      attempts: { count: 2, failed: 1 },
    },
  ],
} as const;

export const ACTION_LOG = {
  timeZone: 'UTC',
  month: '2026-11',
  actions: [
    {
      at: '2026-11-20T16:20:00.000Z',
      by: { kind: 'token', id: 'bo@example.com' },
      action: 'budget.changed',
      projectId: 'proj-1',
      target: 'vision',
    },
    {
      at: '2026-11-05T09:03:40.000Z',
      by: { kind: 'iam', id: 'arn:aws:iam::123456789012:user/ana' },
      action: 'import.ended',
      projectId: 'proj-1',
      target: 'jobs.txt',
      detail: '1200 events recorded, 0 known already, 0 in conflict, 0 refused',
    },
  ],
  next: 'WyIyMDI2LTExLTA1VDA5OjAzOjQwLjAwMFoiLCJsb2ctMiJd',
} as const;
