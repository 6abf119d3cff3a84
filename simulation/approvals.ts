import type { BillingContext } from '../lib/operations/billing-context.ts';
import { type CloseOptions, closeMonths } from '../lib/operations/close/close-months.ts';
import { type Decided, decide } from '../lib/operations/statements/decide.ts';
import { Refusal } from '../lib/refusal.ts';
import { CLOSED_MONTHS } from '../lib/store/keys.ts';
import type { StatementDraft } from '../lib/store/statement-drafts.ts';
import type { Item } from '../lib/store/table.ts';
import { Broken } from './mistakes.ts';
import type { Random } from './random.ts';
import type { Action, Scenario } from './workload.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BY = { kind: 'token', id: 'ana' } as const;
/** Limit on rounds of a quiet close: in each, what was made in the one before is approved. */
const MOST_ROUNDS = 12;

type Seen = Pick<StatementDraft, 'projectId' | 'month' | 'digest'>;

const keyOf = ({ projectId, month }: Pick<Seen, 'projectId' | 'month'>) => `${projectId} ${month}`;

/**
 * The same scenario in a stage where statements need approval: after each close people decide about
 * drafts, and it is closed again.
 */
export const withApprovals = (scenario: Scenario, random: Random): Scenario => {
  const again = scenario.actions.flatMap((action): Action[] => {
    if (action.kind !== 'close') return [];
    const decisions = Array.from({ length: random.integer(1, 5) }, (): Action => {
      const decision = random.chance(0.8) ? 'approve' : 'hold';
      return { at: action.at + random.integer(0, DAY), kind: 'decide', decision };
    });
    const closes = Array.from(
      { length: random.integer(1, 3) },
      (): Action => ({ ...action, at: action.at + random.integer(MINUTE, DAY) }),
    );
    return [...decisions, ...closes];
  });
  return {
    ...scenario,
    issue: 'approve',
    actions: [...scenario.actions, ...again].sort((a, b) => a.at - b.at),
  };
};

/**
 * The people who approve drafts, and what became of what they decided. A close lasts at most
 * `longestMs`: the one that ends a month knows of every draft that was saved longer ago.
 */
export const createApprovals = (longestMs: number) => {
  /** Every draft that was ever there: a person may have read it a while ago. */
  const seen: Seen[] = [];
  const states = new Map<string, StatementDraft['state']>();
  /** When the draft that is there was made. */
  const madeAt = new Map<string, number>();
  /** When each month was closed. */
  const closedAt = new Map<string, number>();
  /** Digests that a person asked to approve. */
  const asked = new Set<string>();
  /** The digest that stands approved. */
  const approved = new Map<string, string>();
  const mistakes: string[] = [];

  const noteDraft = (draft: StatementDraft, now: number) => {
    const key = keyOf(draft);
    states.set(key, draft.state);
    if (draft.state === 'waits') madeAt.set(key, now);
    if (draft.state === 'issued') return;
    seen.push(draft);
    approved.delete(key);
    if (draft.state !== 'approved') return;
    if (asked.has(`${key} ${draft.digest}`)) approved.set(key, draft.digest);
  };

  /** With the first month that is ever closed those before are: they may have had no usage by then. */
  const endOf = (month: string): number | undefined => {
    const [first] = closedAt;
    return closedAt.get(month) ?? (first && month < first[0] ? first[1] : undefined);
  };

  const isVoid = (key: string): boolean => {
    const closed = endOf(key.slice(key.lastIndexOf(' ') + 1));
    return closed !== undefined && Math.abs(closed - (madeAt.get(key) ?? 0)) < longestMs;
  };

  const ask = async (context: BillingContext, decided: Pick<Decided, 'decision'>, draft: Seen) => {
    if (decided.decision === 'approve') asked.add(`${keyOf(draft)} ${draft.digest}`);
    const { projectId, month, digest } = draft;
    const reason = decided.decision === 'hold' ? { reason: 'to be looked at' } : {};
    await decide(context, { ...decided, projectId, month, digest, by: BY, ...reason });
  };

  return {
    /** Takes down what is written. */
    note(item: Item, now: number) {
      if (item.pk.startsWith('DRAFT#')) noteDraft(item as unknown as StatementDraft, now);
      if (item.pk === CLOSED_MONTHS) closedAt.set(item.sk, now);
      if (item.sk !== 'STATEMENT') return;
      const key = keyOf(item as unknown as Seen);
      const digest = approved.get(key);
      if (digest !== item.digest) mistakes.push(`issued ${key}: ${item.digest}, but approved is ${digest}`);
    },

    /** One decision of a person about a draft that was seen, of late or a while ago. */
    async decide(context: BillingContext, decision: Decided['decision'], random: Random) {
      const latest = random.chance(0.8) ? seen.slice(-3) : seen;
      const draft = latest[random.integer(0, latest.length - 1)];
      if (!draft) return;
      await ask(context, { decision }, draft).catch((error: unknown) => {
        // Changed, issued or withdrawn since it was seen.
        if (!(error instanceof Refusal)) throw error;
      });
    },

    /** Closes a month without faults, and approves all that it waits for. */
    async closeQuietly(open: () => BillingContext, options: CloseOptions & { readonly month: string }) {
      for (let round = 1; round <= MOST_ROUNDS; round += 1) {
        const context = open();
        const closed = await closeMonths(context, { ...options, issue: 'approve' });
        const left = closed.find(({ drafts }) => drafts !== undefined);
        if (!left) return;
        for await (const draft of context.store.drafts(left.month))
          if (draft.state === 'waits' || draft.state === 'held back')
            await ask(context, { decision: 'approve' }, draft);
      }
      throw new Broken(`${options.month} still waits for approvals`);
    },

    /**
     * What went wrong; at the end everything that was approved is issued. A draft is void where its
     * month was closed while the close that saved it was running.
     */
    findings: (): string[] => [
      ...mistakes,
      ...[...states]
        .filter(([key, state]) => state !== 'issued' && state !== 'withdrawn' && !isVoid(key))
        .map(([key, state]) => `draft ${key}: ${state}, and its month is closed`),
    ],
  };
};
