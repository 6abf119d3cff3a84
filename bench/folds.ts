import assert from 'node:assert/strict';
import { toBilledCharge } from '../lib/billing/billed-charge.ts';
import type { BillingContext } from '../lib/operations/billing-context.ts';
import { billProject } from '../lib/operations/statements/issue-statement.ts';
import { createStatementFold } from '../lib/operations/statements/statement-totals.ts';
import { MONTH, type ProjectPages } from './charge-pages.ts';

/** Sums the charges of projects. Returns the number of statement lines, to compare contenders. */
export type Fold = (projects: readonly ProjectPages[], context: BillingContext) => Promise<number>;

/** Baseline: unit minutes by line key in bigint, straight from the pages. */
export const foldPlainly: Fold = async (projects) => {
  let lines = 0;
  for (const { pages } of projects) {
    const sums = new Map<string, bigint>();
    for (const page of pages)
      for (const { usageMonth, flavor, unit, pricePerHour, minutes, milliUnits } of await Promise.resolve(
        page,
      )) {
        const key = `${usageMonth} ${flavor} ${unit} ${pricePerHour}`;
        sums.set(key, (sums.get(key) ?? 0n) + BigInt(minutes) * BigInt(milliUnits));
      }
    lines += sums.size;
  }
  return lines;
};

/** From stored charges to the lines and total of a statement. */
export const foldToStatements: Fold = async (projects, context) => {
  let lines = 0;
  const statementId = context.newId();
  for (const { projectId } of projects) {
    const fold = createStatementFold();
    for await (const page of context.store.chargePages({ projectId, usageMonth: MONTH }))
      for (const charge of page) {
        if (charge.kind !== 'final') continue;
        const { jobId, usageMonth, start } = charge;
        fold.add({ statementId, jobId, usageMonth, start, billed: toBilledCharge(charge) });
      }
    lines += fold.result(MONTH, context.currency).lines.length;
  }
  return lines;
};

/**
 * The whole close of a project without open charges: reads charges and billed charges, writes the
 * new billed charges, issues the statement.
 */
export const billProjects: Fold = async (projects, context) => {
  let lines = 0;
  const { store } = context;
  const counting: BillingContext = {
    ...context,
    store: {
      ...store,
      commitStatement: (statement, statementIndex) => {
        lines += statement.lines.length;
        return store.commitStatement(statement, statementIndex);
      },
    },
  };
  for (const { projectId } of projects) assert.equal(await billProject(counting, projectId, MONTH), 'issued');
  return lines;
};
