import { compareText } from '../../../billing/compare-text.ts';
import type { Draft, Operations } from '../../../shapes/operations.ts';
import type { StatementDraft } from '../../../store/statement-drafts.ts';
import type { BillingContext } from '../../billing-context.ts';
import { decisionView, isoTime } from '../../public-shapes.ts';
import { takeAtMost } from './take.ts';

/** Drafts of one month that are read: each has the content of a statement. */
const DRAFTS_READ = 1_000;
const DRAFTS_LISTED = 100;

/** The states of a draft without a statement, in the order of the list. */
const STATES = ['waits', 'held back', 'approved'] as const satisfies readonly Draft['state'][];

type PendingDraft = Omit<StatementDraft, 'state' | 'content'> & { readonly state: Draft['state'] };

/** Without its content, which may be large; nothing if it does not wait for its statement. */
const pendingOf = ({ content: _, state, ...draft }: StatementDraft): PendingDraft | undefined => {
  const pending = STATES.find((known) => known === state);
  return pending && { ...draft, state: pending };
};

async function* pendingDrafts({ store }: BillingContext, month: string): AsyncGenerator<PendingDraft> {
  for await (const draft of store.drafts(month)) {
    const pending = pendingOf(draft);
    if (pending) yield pending;
  }
}

const toDraft = ({ projectId, month, total, currency, state, digest, ...draft }: PendingDraft): Draft => {
  const { preparedAt, decision } = draft;
  return {
    ...{ projectId, month, total, currency, state, preparedAt: isoTime(preparedAt), digest },
    ...(decision && { decision: decisionView(decision) }),
  };
};

const compareDrafts = (a: PendingDraft, b: PendingDraft): number =>
  STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
  compareText(a.month, b.month) ||
  compareText(a.projectId, b.projectId);

/** The drafts of months that have no statement yet. */
export const readDrafts = async (context: BillingContext, months: readonly string[]) => {
  const read = await Promise.all(
    months.map((month) => takeAtMost(pendingDrafts(context, month), DRAFTS_READ)),
  );
  const pending = read.flatMap(({ taken }) => taken);
  const drafts: Operations['drafts'] = {
    count: pending.length,
    ...read.find(({ more }) => more.more)?.more,
    waiting: pending.filter(({ state }) => state === 'waits').length,
    drafts: pending.toSorted(compareDrafts).slice(0, DRAFTS_LISTED).map(toDraft),
  };
  return { drafts, pending };
};
