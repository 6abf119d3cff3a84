import type { Charge, FinalCharge } from '../../lib/billing/charges.ts';
import type { Statement } from '../../lib/billing/statement.ts';
import type { StateChange } from '../../local/ovh-stand-in/api-model.ts';
import { compareBills, type Differences } from '../compare.ts';
import { itemsOn } from '../items-on.ts';
import { MONTH_AT, type Piece, walkJob } from '../oracle.ts';
import type { Stage } from './stage.ts';
import { CURRENCY, MAX_SILENCE, type Story, TARIFFS } from './story.ts';
import { factsOf, type SentJob } from './webhooks.ts';

const REVISED = TARIFFS.map((tariff, index) => ({ ...tariff, revision: index + 1 }));

/** What the oracle bills for the state changes of each job that are chosen, without translator. */
export const piecesFor = (jobs: readonly SentJob[], chosen: (sent: SentJob) => readonly StateChange[]) =>
  jobs.flatMap((sent) => walkJob(factsOf(sent.job, chosen(sent)), REVISED, MONTH_AT.UTC));

export const allOf = ({ job }: SentJob) => job.transitions;
export const deliveredOf = ({ job, lost }: SentJob) => job.transitions.filter((change) => !lost.has(change));

/** Each statement bills its month as it truly was: every line and total, without a correction. */
export const compareEachMonth = (
  pieces: readonly Piece[],
  statements: readonly Statement[],
  { projects, months }: Story,
): Differences =>
  projects.flatMap((projectId) =>
    months.flatMap((month) => {
      const isOfMonth = (of: { projectId: string }) => of.projectId === projectId;
      const due = pieces.filter((piece) => isOfMonth(piece) && piece.usageMonth === month);
      const issued = statements.filter((statement) => isOfMonth(statement) && statement.month === month);
      return compareBills(due, issued, CURRENCY).map((difference) => `${month}: ${difference}`);
    }),
  );

export const chargesOn = async ({ table }: Stage): Promise<readonly FinalCharge[]> => {
  const charges = (await itemsOn(table, 'CHARGE#')).map((item) => item as unknown as Charge);
  if (charges.some(({ kind }) => kind === 'open')) throw new Error('a charge is open after the last close');
  return charges.filter((charge) => charge.kind === 'final');
};

/** No charge reaches further than its job was heard of, and the silence that is believed. */
export const compareWithSilence = (
  charges: readonly FinalCharge[],
  jobs: readonly SentJob[],
): Differences => {
  const heardUntil = new Map(
    jobs.map((sent) => [sent.job.id, Math.max(...deliveredOf(sent).map(({ date }) => Date.parse(date)))]),
  );
  return charges.flatMap((charge) => {
    const limit = (heardUntil.get(charge.jobId) ?? -Infinity) + MAX_SILENCE;
    return charge.end <= limit
      ? []
      : [`charge of ${charge.jobId} ends after ${new Date(limit).toISOString()}`];
  });
};
