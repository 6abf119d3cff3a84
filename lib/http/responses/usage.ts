import * as v from 'valibot';
import { ListedCharges } from './charge.ts';
import {
  amount,
  currency,
  id,
  month,
  next,
  object,
  onlyTrue,
  price,
  time,
  unit,
  whole,
  wholeFromZero,
  words,
} from './fields.ts';
import { Line } from './line.ts';

export const DayUsage = object('One line of usage on one day.', {
  date: v.pipe(
    v.string(),
    v.metadata({
      format: 'date',
      description: '`YYYY-MM-DD` in the billing time zone: the day on which the minutes start.',
    }),
  ),
  flavor: id('What was used.'),
  unit: unit(),
  pricePerHour: price('The price of the line'),
  minutes: whole('Commenced minutes.'),
  unitMinutes: whole('`minutes x units`.'),
  amount: amount("The day's part of its line: the days add up to the lines exactly"),
  currency: currency(),
});

export const Usage = object('What a project has used in a month so far.', {
  projectId: id('The project.'),
  month: month('The month'),
  timeZone: words('The billing time zone, an IANA name.'),
  asOf: time('When this was read: running jobs are counted up to then'),
  currency: currency(),
  total: amount('The sum of the lines'),
  lines: v.pipe(
    v.array(Line),
    v.description(
      'The whole month as known now, whatever statements have asked for. `kind` is always `usage`.',
    ),
  ),
  days: v.pipe(v.array(DayUsage), v.description('The lines by day, oldest first.')),
  running: v.pipe(ListedCharges, v.description('Charges of jobs that run. They are in the lines.')),
  unrated: v.pipe(ListedCharges, v.description('Charges without a price. They are not in the lines.')),
  held: v.pipe(
    ListedCharges,
    v.description('Charges with time beyond the limit of the tariff, which is not in the lines.'),
  ),
});

export const Projects = object('The projects of a token.', {
  month: month('The month asked for'),
  projects: v.pipe(
    v.array(id('A project.')),
    v.description(
      'Those the token names. For a token of all projects, those with usage in the month, in an order that is stable but not alphabetical.',
    ),
  ),
  next: next(),
});

export const JobUsage = object('What one job used in a month.', {
  jobId: id('The job.'),
  running: v.pipe(v.boolean(), v.description('Whether it runs, as far as is known.')),
  flavor: v.exactOptional(id('What it runs on. Absent while no resources are stated.')),
  unit: v.exactOptional(unit()),
  units: v.exactOptional(wholeFromZero('How many GPUs or CPUs.')),
  minutes: wholeFromZero('Commenced minutes.'),
  unratedMinutes: v.exactOptional(wholeFromZero('Minutes without a price. Absent where there are none.')),
  held: v.exactOptional(onlyTrue('It ran longer than the tariff allows. Absent where it did not.')),
  cost: amount('Rounded for this job by itself: what is billed are the lines'),
  currency: currency(),
});

export const ProjectJobs = object('The jobs with charges in a month, by id.', {
  projectId: id('The project.'),
  month: month('The month'),
  jobs: v.pipe(v.array(JobUsage), v.description('By job id.')),
  next: next(),
});
