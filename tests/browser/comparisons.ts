import type { ReconciledJob, ReconciledRow, Reconciliation } from '../../lib/shapes/reconciliation.ts';
import type { Store } from '../../lib/store/store.ts';
import { FAILED, LATE, PROJECT, RESTARTED, type Told, TROUBLED } from './story.ts';

/** The address of the page of a month's comparison. */
export const billAddress = (projectId: string, month: string) =>
  `#/projects/${projectId}/${month}/reconciliation`;

const side = (unitMinutes: number, amount: string) => ({ unitMinutes, amount });
const NONE = side(0, '0.00');

type Total = Reconciliation['total'];
/** Without a count of jobs, those listed are all. */
type Row = Omit<ReconciledRow, 'projectId' | 'jobCount'> & { readonly jobCount?: number };

const reconciliation = (
  month: string,
  total: Total,
  rows: readonly Row[],
  further: Partial<Reconciliation> = {},
): Reconciliation => ({
  month,
  currency: 'EUR',
  comparedAt: `${month}-28T08:00:00.000Z`,
  rows: rows.map((row) => ({ projectId: PROJECT, jobCount: row.jobs.length, ...row })),
  total,
  missingEvents: 0,
  notes: [],
  ...further,
});

/** A stop that did not arrive, a job that was not reported, another price, and 0.05 EUR of nothing. */
const unexplained = (month: string): Reconciliation => {
  const jobs: ReconciledJob[] = [
    {
      jobId: RESTARTED,
      cause: 'events missing',
      ...{ provider: side(2_284, '73.47'), here: side(2_164, '69.61'), ...side(120, '3.86') },
      detail: 'the provider says that it ran for 571 minutes, its events here say 541',
      missingEvents: [`FINALIZING@${month}-21T17:01:17Z`, `DONE@${month}-21T17:01:58Z`],
    },
    {
      jobId: '3f1c8a52-7a90-4f5e-9d1b-0a6c2b7e4d11',
      cause: 'job never reported here',
      ...{ provider: side(50, '1.61'), ...side(50, '1.61') },
      missingEvents: [`QUEUED@${month}-02T10:00:00Z`],
    },
    {
      jobId: FAILED.jobId,
      cause: 'billing rule',
      ...{ provider: side(1_190, '38.28'), here: side(1_200, '38.60'), ...side(-10, '-0.32') },
      missingEvents: [],
    },
  ];
  const causes: Total['causes'] = [
    { cause: 'billing rule', ...side(-10, '-0.321666666666666'), detail: 'explained by ovh-2026-09-11' },
    { cause: 'events missing', ...side(120, '3.86') },
    { cause: 'job never reported here', ...side(50, '1.608333333333333') },
  ];
  const gpu = {
    provider: side(61_200.5, '1968.65'),
    here: side(61_039, '1963.45'),
    difference: side(161.5, '5.20'),
  };
  return reconciliation(
    month,
    {
      provider: side(612_480.5, '2244.29'),
      here: side(612_319, '2239.09'),
      difference: side(161.5, '5.196666666666667'),
      causes,
      unexplained: side(1.5, '0.05'),
    },
    [
      {
        ...{ region: 'GRA', flavor: 'ai1-1-gpu', ...gpu, causes, unexplained: side(1.5, '0.05'), jobs },
        hints: [`the job ${LATE.jobId} has as many minutes`],
        jobCount: 240,
      },
      {
        ...{ region: 'GRA', flavor: 'ai1-1-cpu', provider: side(551_280, '275.64') },
        ...{ here: side(551_280, '275.64'), difference: NONE, causes: [], unexplained: NONE, jobs: [] },
      },
    ],
    {
      providerUpdatedAt: `${month}-28T04:12:09.000Z`,
      missingEvents: 3,
      notes: ['The bill has one line of object storage, 4.20 EUR, which is not compared.'],
    },
  );
};

/** Less than jobmeter counts, and all explained. */
const billedLess = (month: string): Reconciliation => {
  const causes: Total['causes'] = [
    { cause: 'held', ...side(-200, '-6.43') },
    { cause: 'price', ...side(0, '2.10') },
  ];
  const compared = {
    ...{ provider: side(800, '25.73'), here: side(1_000, '30.06'), difference: side(-200, '-4.33') },
    ...{ causes, unexplained: NONE },
  };
  const job: ReconciledJob = {
    jobId: LATE.jobId,
    cause: 'held',
    ...side(-200, '-6.43'),
    missingEvents: [],
  };
  return reconciliation(month, compared, [{ flavor: 'ai1-1-gpu', ...compared, jobs: [job] }]);
};

const nothing = (month: string): Reconciliation =>
  reconciliation(month, { provider: NONE, here: NONE, difference: NONE, causes: [], unexplained: NONE }, []);

/** Ids and amounts as long as they can be, and a row only one side has. */
const extreme = (month: string): Reconciliation => {
  const huge = side(123_456_789_012.125, '123456789012.123456789012345');
  const causes: Total['causes'] = [{ cause: 'month boundary or zone', ...huge, detail: 'x'.repeat(300) }];
  const jobs: ReconciledJob[] = [
    {
      jobId: 'W'.repeat(128),
      cause: 'month boundary or zone',
      ...{ provider: huge, ...huge, missingEvents: [`RUNNING@${month}-01T00:00:00.123456789Z`] },
    },
  ];
  const total = { provider: huge, here: NONE, difference: huge, causes, unexplained: huge };
  return reconciliation(month, total, [
    { region: 'R'.repeat(64), flavor: 'f'.repeat(128), ...total, jobs },
    { flavor: 'ai1-1-cpu', here: huge, difference: huge, causes: [], unexplained: huge, jobs: [] },
  ]);
};

/** Saves what a comparison may come to, each of a month of its own. */
export const saveComparisons = async (store: Store, { lastMonth, monthBefore, current }: Told) => {
  await store.saveReconciliation(PROJECT, lastMonth, unexplained(lastMonth));
  await store.saveReconciliation(PROJECT, monthBefore, billedLess(monthBefore));
  await store.saveReconciliation(TROUBLED, lastMonth, nothing(lastMonth));
  await store.saveReconciliation(TROUBLED, current, extreme(current));
};
