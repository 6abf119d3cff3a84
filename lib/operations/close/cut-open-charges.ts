import pLimit from 'p-limit';
import type { JobRef } from '../../billing/facts.ts';
import { addMonths } from '../../billing/months.ts';
import type { ChargeRef, StoredCharge } from '../../store/charges.ts';
import type { Pages } from '../../store/items.ts';
import type { ProjectMonth } from '../../store/keys.ts';
import type { BillingContext } from '../billing-context.ts';
import { isoTime } from '../iso-time.ts';
import { settleCutOff } from '../settle/settle.ts';
import { type ChargeId, compareChargeIds } from '../statements/billed-charges.ts';
import { monthsToBill } from './changed-months.ts';

/** Jobs of one project. */
const JOBS_AT_ONCE = 8;

/** Where a pass through a project's charges is: all up to it are read. */
interface Position {
  readonly usageMonth: string;
  /** The last charge that was read of the usage month. */
  readonly last?: ChargeId | undefined;
}

const isBehind = (charge: ProjectMonth & ChargeId, { usageMonth, last }: Position): boolean =>
  charge.usageMonth < usageMonth ||
  (charge.usageMonth === usageMonth && last !== undefined && compareChargeIds(charge, last) <= 0);

/**
 * Reads a project's charges as the close of `month` bills them: an open charge that is met gets its
 * cutoff, its job is settled, and what its charges are then takes the place of the open one (rules 1
 * and 5).
 */
export const createCuttingReader = (context: BillingContext, projectId: string, month: string) => {
  const { store } = context;
  const limit = pLimit(JOBS_AT_ONCE);
  /** Jobs were cut since the marks were read. */
  let anyCut = false;
  let hasMovedBehind = false;

  const cut = async (job: JobRef, position: Position): Promise<StoredCharge[]> => {
    anyCut = true;
    await store.recordCutoff({ kind: 'cutoff', ...job, month: addMonths(month, 1) }, context.now());
    const noting: BillingContext = {
      ...context,
      onChargesWritten(charges, ...of) {
        hasMovedBehind ||= charges.some((charge) => isBehind(charge, position));
        return context.onChargesWritten(charges, ...of);
      },
    };
    return settleCutOff(noting, job, month);
  };

  const reader = {
    /** Pages of charges of one usage month by job and start, none of them open any more. */
    async *chargePages({ usageMonth }: ProjectMonth, after?: ChargeRef): Pages<StoredCharge> {
      let last: ChargeId | undefined = after && { jobId: after.jobId, start: Date.parse(after.start) };
      /** The last charge of a page that ends with a job's charges read again. */
      let ahead: ChargeId | undefined;
      for await (const page of store.chargePages({ projectId, usageMonth }, after)) {
        const position = { usageMonth, last };
        const next = (charge: StoredCharge) => ahead === undefined || compareChargeIds(ahead, charge) < 0;
        const charges = ahead ? page.filter(next) : page;
        const open = charges.filter(({ kind }) => kind === 'open').map(({ jobId }) => jobId);
        if (open.length === 0) {
          yield charges;
          last = charges.at(-1) ?? last;
          continue;
        }
        const cutOff = await limit.map([...new Set(open)], (jobId) => cut({ projectId, jobId }, position));
        const settled = cutOff
          .flat()
          .filter((charge) => charge.usageMonth === usageMonth && !isBehind(charge, position));
        // A charge that no fact has any more, in a damaged table, stays as it was read.
        const byKey = new Map([...charges, ...settled].map((charge) => [charge.sk, charge]));
        const merged = [...byKey.values()].sort(compareChargeIds);
        ahead = merged.at(-1);
        last = ahead;
        yield merged;
      }
    },

    /** Whether a settle has changed charges that were read before: they have to be read again. */
    hasMovedBehind: () => hasMovedBehind,

    /**
     * The usage months left to read after `usageMonth`, oldest first: those in `known`, and those
     * that were marked by then, since a settle can move charges to later months (rule 5).
     */
    async monthsAfter(usageMonth: string, known: readonly string[]): Promise<string[]> {
      const marked = anyCut ? await monthsToBill(context, projectId, month) : [];
      anyCut = false;
      return [...new Set([...known, ...marked])].filter((later) => later > usageMonth).sort();
    },

    /**
     * Cuts what is left to read after a charge, until the deadline: the pass that begins again then
     * moves nothing behind it any more.
     */
    async cutRest(from: Position, known: readonly string[], deadline: number): Promise<void> {
      let after: ChargeRef | undefined = from.last && {
        jobId: from.last.jobId,
        start: isoTime(from.last.start),
      };
      let left: readonly string[] = [from.usageMonth, ...known];
      for (let [usageMonth] = left; usageMonth !== undefined; [usageMonth] = left) {
        for await (const _ of reader.chargePages({ projectId, usageMonth }, after))
          if (context.now() >= deadline) return;
        after = undefined;
        left = await reader.monthsAfter(usageMonth, left);
      }
    },
  };
  return reader;
};
