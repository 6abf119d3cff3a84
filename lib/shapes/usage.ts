import * as v from 'valibot';
import { STATUSES } from '../billing/statuses.ts';
import { BudgetState } from './budget.ts';
import { ListedCharges } from './charge.ts';
import { HeldCharges, SilentJobs } from './held.ts';
import { JobBilled } from './job.ts';
import { Line } from './line.ts';
import {
  count,
  currency,
  day,
  id,
  labels,
  list,
  money,
  month,
  next,
  object,
  onlyTrue,
  price,
  time,
  timeZone,
  total,
  unit,
  unitTotal,
  waitsFor,
  words,
} from './members.ts';
import { SnapshotView } from './snapshot.ts';

export const DayUsage = object('One line of usage on one day.', {
  date: day('the day in which the minutes start'),
  flavor: id('The flavor used.'),
  unit: unit(),
  pricePerHour: price('The price of the line'),
  minutes: total('Commenced minutes.'),
  unitMinutes: unitTotal('`minutes x units`.'),
  amount: money("The day's part of its line: the days add up to the lines exactly"),
  currency: currency(),
});
export type DayUsage = v.InferOutput<typeof DayUsage>;

export const UsageGroup = object('The usage of one group of jobs.', {
  value: v.exactOptional(words('The value that its jobs share. Absent for jobs without one.')),
  minutes: total('Commenced minutes, those without a price too.'),
  total: money('Its share of the lines: the groups sum to `total` exactly'),
  currency: currency(),
});
export type UsageGroup = v.InferOutput<typeof UsageGroup>;

export const Forecast = object('What the total may come to at the end of the month.', {
  monthEnd: time('The end of the month'),
  atThisPace: v.exactOptional(
    money('The total scaled from the time that has passed. Absent in the first 24 hours'),
  ),
  ifAllKeepRunning: money(
    'The total if no job that runs now stops, up to limits and by the tariffs that are published',
  ),
  low: money('If all jobs stop now and none follows: what is spent'),
  expected: money(
    'The forecast: what is spent, each running job for as long again as it has run (at most up to its limit), and further jobs at the pace of those of this month that run no longer',
  ),
  high: money('If no job that runs now stops, and further jobs follow at the same pace'),
  ofRunningJobs: money('What of `expected` the jobs that run now are expected to add'),
  ofFurtherJobs: money('What of `expected` further jobs are expected to add'),
  currency: currency(),
});
export type Forecast = v.InferOutput<typeof Forecast>;

export const Corrections = object('What is due for closed months and on no statement yet.', {
  total: money('The sum of the lines'),
  currency: currency(),
  lines: list(Line, 'By usage month. The next statement has them.'),
});
export type Corrections = v.InferOutput<typeof Corrections>;

const BilledByStatement = object('What one statement billed for the month.', {
  month: month('The month of the statement'),
  kind: JobBilled.entries.kind,
  amount: money('The sum of its lines of the month. Negative where it credits'),
  currency: currency(),
});

export const MonthBilled = object('What statements billed for a closed month.', {
  total: money('The sum of the statements'),
  due: money(
    'What is on no statement yet: `total` of the usage minus that of the statements. Negative where a credit is due',
  ),
  currency: currency(),
  statements: list(BilledByStatement, 'Those with lines of the month, the oldest first.'),
});
export type MonthBilled = v.InferOutput<typeof MonthBilled>;

export const Usage = object('The usage of a project in a month so far.', {
  projectId: id('The project.'),
  month: month('The month'),
  timeZone: timeZone(),
  asOf: time('When this was read: running jobs are priced up to then'),
  currency: currency(),
  total: money('The sum of the lines'),
  lines: list(
    Line,
    'The whole month as known now, whatever statements have billed. `kind` is always `usage`.',
  ),
  days: list(DayUsage, 'The lines by day, oldest first.'),
  groupBy: v.exactOptional(words('What the groups are made by, as requested.')),
  groups: v.exactOptional(list(UsageGroup, 'Most expensive first. Present if requested.')),
  forecast: v.exactOptional(v.pipe(Forecast, v.description('For the current month.'))),
  billed: v.exactOptional(v.pipe(MonthBilled, v.description('For a closed month.'))),
  corrections: v.exactOptional(
    v.pipe(
      Corrections,
      v.description('For the first month that is not closed. Absent where nothing is due.'),
    ),
  ),
  correctionsUnknown: v.exactOptional(
    words(
      'Instead of `corrections`, where some may be due and no statement can be issued since the table is damaged: the reason, and what repairs it.',
    ),
  ),
  budgets: v.exactOptional(
    list(BudgetState, 'How the budgets of the project stand in the month, by name. Absent without any.'),
  ),
  running: v.pipe(ListedCharges, v.description('Charges of running jobs. They are included in the lines.')),
  unrated: v.pipe(
    ListedCharges,
    v.description('Charges without a price. They are not included in the lines.'),
  ),
  held: v.pipe(
    HeldCharges,
    v.description('Charges with time beyond a limit and no known stop. That time is not in the lines.'),
  ),
  silent: v.exactOptional(v.pipe(SilentJobs, v.description('Absent where no running job is silent.'))),
  snapshot: v.exactOptional(
    v.pipe(SnapshotView, v.description('Where the month has many charges: all is as of then.')),
  ),
  unknown: v.exactOptional(
    onlyTrue('Nothing of the project was ever charged: its id may be mistyped. Absent otherwise.'),
  ),
});
export type Usage = v.InferOutput<typeof Usage>;

export const ProjectTotal = object('The usage of one project in the month, in figures of its `usage`.', {
  projectId: id('The project.'),
  total: money('Its `total` up to now'),
  currency: currency(),
  previousTotal: money('The `total` of the month before, as known now'),
  held: total('Charges with held time.'),
  unrated: total('Charges without a price.'),
  running: total('Charges of running jobs.'),
  snapshot: v.exactOptional(
    v.pipe(SnapshotView, v.description('Where the month has many charges: its figures are as of then.')),
  ),
});
export type ProjectTotal = v.InferOutput<typeof ProjectTotal>;

export const Projects = object('The projects of a token.', {
  month: month('The month'),
  projects: list(
    id('A project.'),
    'The projects named by the token. For a token of all projects, those with usage in the month, in an order that is stable but not alphabetical.',
  ),
  totals: v.exactOptional(
    list(
      ProjectTotal,
      'Of the projects of the page, in their order. Present if requested. A project that takes too long to add up is left out: read its usage.',
    ),
  ),
  next: next(),
});
export type Projects = v.InferOutput<typeof Projects>;

export const JobUsage = object('The usage of one job in a month.', {
  jobId: id('The job.'),
  status: v.exactOptional(
    v.pipe(
      v.picklist(STATUSES),
      v.description('The latest status. Absent if every transition is retracted.'),
    ),
  ),
  start: time('When the run of its first charge in the month began'),
  end: v.exactOptional(time('When the run of its last charge in the month stopped. Absent while it runs')),
  labels: v.exactOptional(labels('The labels of the job.')),
  running: v.pipe(v.boolean(), v.description('Whether its charge is open: no stop is known.')),
  flavor: v.exactOptional(id('The flavor it runs on. Absent while no resources are stated.')),
  unit: v.exactOptional(unit()),
  units: v.exactOptional(count('Its count of the priced unit.')),
  minutes: total('Commenced minutes.'),
  unratedMinutes: v.exactOptional(total('Minutes without a price. Absent where there are none.')),
  waitsFor: v.exactOptional(waitsFor()),
  held: v.exactOptional(onlyTrue('Some of its time is beyond a limit. Absent where none is.')),
  retracted: v.exactOptional(
    onlyTrue('A statement billed it, and its runs of the month were taken back: nothing of them is left.'),
  ),
  billed: v.exactOptional(
    list(
      JobBilled,
      'What statements billed for it in the month, the oldest first, with the reason where it was taken back. Present where nothing of it is left.',
    ),
  ),
  cost: money('Rounded for this job by itself: what is billed are the lines'),
  currency: currency(),
});
export type JobUsage = v.InferOutput<typeof JobUsage>;

export const ProjectJobs = object('The jobs with charges in a month.', {
  projectId: id('The project.'),
  month: month('The month'),
  jobs: list(JobUsage, 'In the requested order.'),
  snapshot: v.exactOptional(
    v.pipe(
      SnapshotView,
      v.description(
        'Where the month has many charges: all but `status`, which is the latest, is as of then. Absent by id.',
      ),
    ),
  ),
  next: next(),
});
export type ProjectJobs = v.InferOutput<typeof ProjectJobs>;
