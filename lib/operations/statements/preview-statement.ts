import assert from 'node:assert/strict';
import { Refusal } from '../../refusal.ts';
import type { StatementPreview } from '../../shapes/statement.ts';
import { type BillingContext, scratchContext } from '../billing-context.ts';
import { lastEndedMonth, openMonths } from '../close/open-months.ts';
import { draftView, dueView } from '../public-shapes.ts';
import { refuseUnknown } from '../reads/read-statements.ts';
import { beginAttempt, type DueStatement, NO_RECORDS, prepareStatement } from './prepare-statement.ts';
import { type Compared, differencesOf } from './preview-differences.ts';

const invalidMonth = (message: string, detail: string): Refusal =>
  new Refusal('invalid', message, { errors: [{ pointer: 'month', detail }] });

/**
 * Refuses all months but the one that a close would issue next. A later one cannot be previewed,
 * since what it corrects follows from the statements before it.
 */
export const refuseOtherMonths = async (context: BillingContext, month: string): Promise<void> => {
  const lastEnded = lastEndedMonth(context);
  const rule = 'must be the first month that has ended and is not closed';
  if (month > lastEnded) throw invalidMonth(`${month} has not ended: there is only its usage so far`, rule);
  const lastClosed = await context.store.readLastClosedMonth();
  if (lastClosed !== undefined && month <= lastClosed)
    throw invalidMonth(`${month} is closed, so nothing is issued for it any more`, rule);
  const [first] = await openMonths(context, lastEnded, lastClosed);
  if (first === undefined) throw invalidMonth(`nothing was used up to ${month}`, rule);
  if (month > first)
    throw invalidMonth(`${first} is not closed yet, and ${month} follows from it: preview ${first}`, rule);
};

/** What is due, computed on a scratch of the table. */
const dueStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<DueStatement> => {
  const scratch = scratchContext(context);
  for (;;) {
    const attempt = await beginAttempt(scratch, 'preview', projectId, month);
    if (attempt.usageMonths.length === 0) await refuseUnknown(context, projectId);
    const statementIndex = await scratch.store.readStatementIndex(projectId);
    const prepared = await prepareStatement(scratch, statementIndex, attempt, NO_RECORDS);
    if (prepared === 'changed') continue;
    assert('due' in prepared, 'without a deadline there is no checkpoint');
    return prepared.due;
  }
};

/** A preview of a project without a statement of the month, which may be previewed. */
export const previewProject = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<StatementPreview> => {
  const due = dueView(await dueStatement(context, projectId, month));
  const draft = await context.store.readDraft(projectId, month);
  const drafted = draft && (JSON.parse(await context.store.readDraftContent(draft)) as Compared);
  const differences = drafted && differencesOf(drafted, due);
  return {
    preview: true,
    ...due,
    ...(draft && { draft: draftView(draft) }),
    ...(differences && { differences }),
  };
};

/**
 * What a close of the month would issue for a project if it ran now, to the last charge; nothing is
 * written. It has no lines where nothing would be issued. A project that has its statement is a
 * conflict.
 */
export const previewStatement = async (
  context: BillingContext,
  projectId: string,
  month: string,
): Promise<StatementPreview> => {
  const { statements } = await context.store.readStatementIndex(projectId);
  const issued = statements.find((statement) => statement.month === month);
  if (issued)
    throw new Refusal(
      'conflict',
      `the statement of ${projectId} for ${month} is issued already: ${issued.statementId}`,
      { members: { statementId: issued.statementId } },
    );
  await refuseOtherMonths(context, month);
  return previewProject(context, projectId, month);
};
