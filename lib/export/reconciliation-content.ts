import type { Cause, ReconciledJob, ReconciledRow, Reconciliation } from '../shapes/reconciliation.ts';
import { count, grouped } from './display-text.ts';

/** What settles each cause. */
const NEXT: Readonly<Record<Cause, string>> = {
  'job never reported here':
    'Record the events of the provider’s history: reconcile again with --record. Then see why nothing came in.',
  'job unknown to the provider':
    'Look at the job (jobmeter job): if it is of another project or a test, retract its events.',
  'events missing': 'Record what is missing with --record, and retract events that only the log here has.',
  held: 'Record the stop, or that the job still runs, with --record.',
  unrated:
    'Publish a tariff with a price for the flavor; resources that were not stated come in with --record.',
  'billing rule':
    'If the provider’s rule is what was agreed, publish its tariff (tariff publish, with --backdate for months that have begun); else claim the difference.',
  'rounding of minutes':
    'Here each run is rounded up once. Ask the provider how it rounds, and claim what is more than that.',
  'month boundary or zone':
    'What one month has more, the one beside it has less: compare both before you claim anything.',
  price:
    'Compare with the catalogue and your contract: publish the right price here, or claim the difference.',
};

/** What is to be done about each cause that was found, in the order of the total. */
export const nextSteps = ({ total }: Reconciliation): readonly (readonly [Cause, string])[] =>
  total.causes.map(({ cause }) => [cause, NEXT[cause]]);

export const CLAIM =
  'Ask the provider for the details of what is unexplained: its usage names no jobs, so nothing here can.';

interface Figures {
  readonly unitMinutes: number;
  readonly amount: string;
}

const isZeroText = (decimal: string): boolean => /^-?[0.]+$/.test(decimal);

export const isNothing = ({ unitMinutes, amount }: Figures): boolean =>
  unitMinutes === 0 && isZeroText(amount);

export const isExplained = ({ rows }: Reconciliation): boolean =>
  rows.every(({ unexplained }) => isNothing(unexplained));

/** Money with its sign: "+3.00", "−3.00", "0.00". */
export const signedAmount = (amount: string): string =>
  isZeroText(amount) || amount.startsWith('-') ? grouped(amount) : `+${grouped(amount)}`;

/** Minutes with their sign. */
export const signedMinutes = (minutes: number): string =>
  minutes > 0 ? `+${count(minutes)}` : count(minutes);

export const rowName = ({ region, flavor }: Pick<ReconciledRow, 'region' | 'flavor'>): string =>
  region === undefined ? flavor : `${region} ${flavor}`;

/** Rows in which something differs or is explained. */
export const differingRows = ({ rows }: Reconciliation): readonly ReconciledRow[] =>
  rows.filter(
    ({ causes, difference, hints = [] }) => causes.length + hints.length > 0 || !isNothing(difference),
  );

/** The jobs of a cause, and how many of its row are not listed. */
export const jobsOfCause = ({ jobs }: ReconciledRow, cause: Cause): readonly ReconciledJob[] =>
  jobs.filter((job) => job.cause === cause);
