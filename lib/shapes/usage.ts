import * as v from 'valibot';
import { ListedCharges } from './charge.ts';
import { Line } from './line.ts';
import {
  count,
  currency,
  day,
  id,
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
} from './members.ts';

export const DayUsage = object('One line of usage on one day.', {
  date: day('the day in which the minutes start'),
  flavor: id('The flavor used.'),
  unit: unit(),
  pricePerHour: price('The price of the line'),
  minutes: total('Commenced minutes.'),
  unitMinutes: total('`minutes x units`.'),
  amount: money("The day's share of its line: the days add up to the lines exactly"),
  currency: currency(),
});
export type DayUsage = v.InferOutput<typeof DayUsage>;

export const Usage = object('The usage of a project in a month so far.', {
  projectId: id('The project.'),
  month: month('The month'),
  timeZone: timeZone(),
  asOf: time('When this was read: running jobs are priced up to then'),
  currency: currency(),
  total: money('The sum of the lines'),
  lines: list(
    Line,
    'The whole month as known now, regardless of what statements have billed. `kind` is always `usage`.',
  ),
  days: list(DayUsage, 'The lines by day, oldest first.'),
  running: v.pipe(ListedCharges, v.description('Charges of running jobs. They are included in the lines.')),
  unrated: v.pipe(
    ListedCharges,
    v.description('Charges without a price. They are not included in the lines.'),
  ),
  held: v.pipe(
    ListedCharges,
    v.description('Charges with time beyond the limit of the tariff, which is not included in the lines.'),
  ),
});
export type Usage = v.InferOutput<typeof Usage>;

export const Projects = object('The projects of a token.', {
  month: month('The requested month'),
  projects: list(
    id('A project.'),
    'The projects named by the token. For a token of all projects, those with usage in the month, in an order that is stable but not alphabetical.',
  ),
  next: next(),
});
export type Projects = v.InferOutput<typeof Projects>;

export const JobUsage = object('The usage of one job in a month.', {
  jobId: id('The job.'),
  running: v.pipe(v.boolean(), v.description('Whether its charge is open: no stop is known.')),
  flavor: v.exactOptional(id('The flavor it runs on. Absent while no resources are stated.')),
  unit: v.exactOptional(unit()),
  units: v.exactOptional(count('Number of GPUs or CPUs.')),
  minutes: total('Commenced minutes.'),
  unratedMinutes: v.exactOptional(total('Minutes without a price. Absent where there are none.')),
  held: v.exactOptional(onlyTrue('It ran longer than the tariff allows. Absent otherwise.')),
  cost: money('Rounded for this job by itself; only lines are billed'),
  currency: currency(),
});
export type JobUsage = v.InferOutput<typeof JobUsage>;

export const ProjectJobs = object('The jobs with charges in a month, by id.', {
  projectId: id('The project.'),
  month: month('The month'),
  jobs: list(JobUsage, 'By job id.'),
  next: next(),
});
export type ProjectJobs = v.InferOutput<typeof ProjectJobs>;
