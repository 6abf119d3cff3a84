import { billedCount } from '../../billing/statement.ts';
import { Refusal } from '../../refusal.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { StatementCheckpoint } from '../../store/statement-checkpoints.ts';
import type { StatementIndex } from '../../store/statements.ts';
import { type ChargeWithBilling, compareChargeIds } from './billed-charges.ts';

/**
 * What the operator can repair: trying again does not help before. Customers read it too, so it names
 * no keys of the table.
 */
const refusal = ({ projectId }: ProjectMonth, why: string): Refusal =>
  new Refusal('conflict', `${projectId} is not billed: ${why}`);

/** What is wrong with a charge as it is stored. */
const damageOf = (charge: ChargeWithBilling, before: ChargeWithBilling | undefined): string | undefined => {
  // The index was read before the charges.
  if (!charge.stored) return `a charge of ${charge.jobId} that a statement billed is not in the table`;
  return before && compareChargeIds(before, charge) >= 0
    ? `a charge of ${charge.jobId} is in the table twice`
    : undefined;
};

/**
 * Refuses a usage month whose charges are damaged, or of which other billed charge records are read
 * than committed statements have: what is lost looks unbilled, and would be billed again. It is
 * given every charge of the month in order, from `recordsRead` on.
 */
export const createDamageCheck = (
  projectMonth: ProjectMonth,
  { statements }: StatementIndex,
  recordsRead: StatementCheckpoint['recordsRead'] = {},
) => {
  const { usageMonth } = projectMonth;
  const counts = new Map(Object.entries(recordsRead));
  let before: ChargeWithBilling | undefined;
  return {
    add(charge: ChargeWithBilling): void {
      const why = damageOf(charge, before);
      if (why) throw refusal(projectMonth, `${why}; run an audit with --heal, then close again`);
      before = charge;
      for (const { statementId } of charge.records ?? [])
        counts.set(statementId, (counts.get(statementId) ?? 0) + 1);
    },

    /** Records of each committed statement so far. */
    recordsRead: () => Object.fromEntries(counts),

    /** Once every charge was added. */
    end(): void {
      const found = statements.flatMap((summary) => {
        const { month, statementId } = summary;
        const billed = billedCount(summary, usageMonth);
        const stored = counts.get(statementId) ?? 0;
        if (stored === billed) return [];
        const charges = `charges that its statement of ${month} (${statementId}) billed of ${usageMonth}`;
        return stored < billed
          ? `${billed - stored} of ${billed} ${charges} are not in the table`
          : `the table has ${stored} for ${billed} ${charges}`;
      });
      if (found.length > 0)
        throw refusal(
          projectMonth,
          `${found.join('; ')}; restore its billed charge records from a backup, then close again`,
        );
    },
  };
};
