import * as v from 'valibot';
import { Held, ListedCharges } from './charge.ts';
import { amountTimes60, currency, id, list, money, object, onlyTrue, time, total } from './members.ts';

/** Whatever settles held time: texts for people too. */
export const SETTLEMENTS = [
  'its stop',
  'RUNNING reported again',
  'a longer timeout',
  'a tariff with a longer limit',
  'a retraction of the wrong event',
] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

const stake = {
  cost: money(
    'What the held time would cost up to `asOf` if it were billed: it is in no total. Rounded once',
  ),
  atStakePerHour: amountTimes60(
    'What each further hour adds to it: an exact amount, not rounded to the digits of `currency`.',
  ),
  settledBy: list(v.picklist(SETTLEMENTS), 'Each of these settles it.'),
};

export const HeldTime = object('The held time of a job, which runs without a known stop.', {
  ...Held.entries,
  minutes: total('Commenced minutes of the held time up to `asOf`: those that `cost` prices.'),
  ...stake,
});
export type HeldTime = v.InferOutput<typeof HeldTime>;

export const HeldCause = object('The charges with held time of one cause.', {
  cause: Held.entries.cause,
  count: total('Their number.'),
  ...stake,
});

export const HeldCharges = object('The charges with held time: how many, and the first 100 of them.', {
  ...ListedCharges.entries,
  cost: money('What their held time in the month would cost up to `asOf`. It is not in `total`'),
  atStakePerHour: amountTimes60(
    'What each further hour adds to it: an exact amount, not rounded to the digits of `currency`.',
  ),
  currency: currency(),
  causes: list(HeldCause, 'By cause, the largest cost first.'),
});
export type HeldCharges = v.InferOutput<typeof HeldCharges>;

export const SilentJob = object('A running job of which nothing was reported for more than 24 hours.', {
  jobId: id('The job.'),
  since: time('Its latest event'),
  cost: money('What `total` has of its time since then. Rounded for this job by itself'),
  held: v.exactOptional(
    onlyTrue('It has reached a limit, beyond which its time is held. Absent where it has not.'),
  ),
});
export type SilentJob = v.InferOutput<typeof SilentJob>;

export const SilentJobs = object(
  'Running jobs of which nothing was reported for more than 24 hours: their stops may be lost.',
  {
    count: total('How many jobs.'),
    jobs: list(SilentJob, 'The first 100.'),
    cost: money('What `total` has of their time since their latest event. Rounded once'),
    currency: currency(),
  },
);
export type SilentJobs = v.InferOutput<typeof SilentJobs>;
