import type { ComparedJob } from './compare-job.ts';
import type { Metering } from './meter.ts';
import { shortText, size, total } from './quantity.ts';
import { billedHere, type Row } from './rows.ts';
import { type HypothesisSet, jobsOfRest, type Solution } from './solve-row.ts';

/** Jobs that a hint names. */
const NAMED = 3;

const namesOf = (jobs: readonly ComparedJob[]): string => {
  const names = jobs.slice(0, NAMED).map(({ jobId }) => jobId);
  const more = jobs.length - names.length;
  return names.join(' or ') + (more > 0 ? `, or one of ${more} more` : '');
};

const guess = (rest: bigint): string => (rest > 0n ? 'billed twice?' : 'not billed?');

/** Jobs that have as many minutes as are not explained. */
const sameMinutes = (row: Row, base: Metering, rest: bigint): string[] => {
  const jobs = jobsOfRest(row, base, rest);
  if (jobs.length === 0) return [];
  return [
    `the ${shortText(size(rest), 3)} unexplained minutes are those of job ${namesOf(jobs)}: ${guess(rest)}`,
  ];
};

/** Jobs that have as many minutes as another way to count explains. */
export const rivalHint = ({ rivals }: Solution, counted: bigint): string[] =>
  rivals.length === 0
    ? []
    : [
        `no other row confirms this: the ${shortText(size(counted), 3)} minutes are also those of job ${namesOf(rivals)}: ${guess(counted)}`,
      ];

const textOf = ({ hypotheses }: HypothesisSet): string => hypotheses.map(({ text }) => text).join(' and ');

const ambiguityHint = ({ ambiguous }: Solution): string[] => {
  const [only, ...others] = ambiguous;
  if (!only) return [];
  const texts = ambiguous.map((same) => [...new Set(same.map(textOf))].join(', or '));
  return others.length === 0
    ? [`or the provider may ${texts[0]}: that gives the same minutes, but no other row confirms it`]
    : [`several ways to count give the provider's minutes, so none is chosen: it may ${texts.join('; or ')}`];
};

const unlistedHint = (row: Row, { unlisted }: Solution): string[] => {
  const { time } = total(unlisted.map((job) => billedHere(row, job)));
  if (time === 0n) return [];
  const jobs = unlisted.length === 1 ? 'job' : `${unlisted.length} jobs, like`;
  return [
    `the provider's list does not have ${jobs} ${unlisted[0]?.jobId}, of ${shortText(time, 3)} minutes in jobmeter: deleted at the provider since, or not billed?`,
  ];
};

export const noPriceHint = ({ jobs, flavor, provider }: Row, prices: readonly string[]): string[] =>
  provider && jobs.length > 0 && prices.length === 0
    ? [`no tariff of jobmeter has a price for ${flavor}`]
    : [];

/** What may be behind minutes that are not explained: guesses, which explain nothing. */
export const restHints = (row: Row, base: Metering, solution: Solution, rest: bigint): string[] => [
  ...sameMinutes(row, base, rest),
  ...ambiguityHint(solution),
  ...unlistedHint(row, solution),
];
