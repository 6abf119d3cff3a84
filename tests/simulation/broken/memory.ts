import type { Fact } from '../../../lib/billing/facts.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { type DeliveredFacts, settleJobs } from '../../../lib/operations/settle/settle-jobs.ts';
import type { SettledJob } from '../../../lib/operations/settle/settled-jobs.ts';
import { jobPartition } from '../../../lib/store/keys.ts';
import type { Put, Table } from '../../../lib/store/table.ts';
import type { Rules } from '../../../simulation/world.ts';

/** What a process remembers of jobs that it has settled (protocol rule 3), broken one by one. */

/** What is remembered of a job, changed as it is taken, with the facts that are delivered. */
const withTaken = (
  change: (settled: SettledJob, delivered: readonly Fact[], tariffsSeen: number) => SettledJob,
): Rules => ({
  async settleJobs(context, jobs, onFailure, onSettled, delivered: DeliveredFacts = new Map()) {
    const { seen } = await context.tariffs().catch(() => ({ seen: 0 }));
    
    const settledJobs: BillingContext['settledJobs'] = {
      ...context.settledJobs,
      take(job) {
        const settled = context.settledJobs.take(job);
        const facts = delivered.get(jobPartition(job)) ?? [];
        return settled && change(settled, facts, seen);
      },
    };
    return settleJobs({ ...context, settledJobs }, jobs, onFailure, onSettled, delivered);
  },
});

const idOf = (fact: Fact) => (fact.kind === 'cutoff' ? fact.month : `${fact.source} ${fact.id}`);
const isIn = (facts: readonly Fact[]) => (fact: Fact) => facts.some((other) => idOf(other) === idOf(fact));

/** Facts that were delivered before count as new. */
export const deliveredAgainCountsAsNew = withTaken((settled, delivered) => ({
  ...settled,
  facts: settled.facts.filter((fact) => !isIn(delivered)(fact)),
}));

/** Charges of other tariffs pass for those of the current ones. */
export const tariffsOfMemoryAreIgnored = withTaken((settled, _, tariffsSeen) => ({
  ...settled,
  tariffsSeen,
}));

/** A fact that changes nothing is settled, whichever fact has changed the charge before. */
export const chargeNeedNotBeOfTheLatestFact = withTaken(({ charge, ...settled }) => ({
  ...settled,
  ...(charge && {
    charge: { ...charge, versions: { ...charge.versions, factsSeen: settled.facts.length } },
  }),
}));

/** The log is not read after what is expected was written. */
export const logIsNotReadAfterwards: Rules = {
  settleJobs(context, jobs, onFailure, onSettled, delivered: DeliveredFacts = new Map()) {
    const expected = new Map<string, Fact[]>();
    const { settledJobs, store } = context;
    return settleJobs(
      {
        ...context,
        settledJobs: {
          ...settledJobs,
          take(job) {
            const settled = settledJobs.take(job);
            const facts = delivered.get(jobPartition(job)) ?? [];
            if (settled && facts.length > 0 && !facts.some(isIn(settled.facts)))
              expected.set(jobPartition(job), [...settled.facts, ...facts]);
            return settled;
          },
        },
        store: {
          ...store,
          async readFacts(job) {
            const facts = expected.get(jobPartition(job));
            expected.delete(jobPartition(job));
            return facts ?? store.readFacts(job);
          },
        },
      },
      jobs,
      onFailure,
      onSettled,
      delivered,
    );
  },
};

/** Charges are written where no newer one is stored, instead of where the expected one is. */
const withWrites = (isBroken: (kind: 'absent' | 'equal') => boolean): Rules => {
  const guarded = ({ item, condition }: Put): Put => {
    const { factsSeen, tariffsSeen } = item as unknown as { factsSeen: number; tariffsSeen: number };
    const isExpected =
      item.sk.startsWith('CHARGE#') && (condition?.kind === 'absent' || condition?.kind === 'equal');
    return isExpected && isBroken(condition.kind as 'absent' | 'equal')
      ? { item, condition: { kind: 'not newer', than: { factsSeen, tariffsSeen } } }
      : { item, ...(condition && { condition }) };
  };
  return { table: (table: Table) => ({ ...table, put: (put) => table.put(guarded(put)) }) };
};
export const replacedChargeIsNotCompared = withWrites((kind) => kind === 'equal');
export const createdChargeMayExist = withWrites((kind) => kind === 'absent');

/** Memory is kept while a settle is under way, also if it fails or is refused. */
export const failuresAreNotForgotten: Rules = {
  settleJobs: (context, jobs, ...rest) => {
    const { settledJobs } = context;
    const take: typeof settledJobs.take = (job) => {
      const settled = settledJobs.take(job);
      if (settled) settledJobs.keep(job, settled);
      return settled;
    };
    return settleJobs({ ...context, settledJobs: { ...settledJobs, take } }, jobs, ...rest);
  },
};
