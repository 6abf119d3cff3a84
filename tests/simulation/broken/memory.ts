import type { Fact } from '../../../lib/billing/facts.ts';
import { type DeliveredFacts, settleJobs } from '../../../lib/operations/settle/settle-jobs.ts';
import type { SettledJobs } from '../../../lib/operations/settle/settled-jobs.ts';
import { jobPartition } from '../../../lib/store/keys.ts';
import type { Rules } from '../../../simulation/world.ts';

/** What a process remembers of jobs that it has settled (protocol rule 3), broken one by one. */

const idOf = (fact: Fact) => (fact.kind === 'cutoff' ? fact.month : `${fact.source} ${fact.id}`);
const isIn = (facts: readonly Fact[]) => (fact: Fact) => facts.some((other) => idOf(other) === idOf(fact));

/** A fact that changes nothing is settled, whichever fact has changed the charge before. */
export const chargeNeedNotBeOfTheLatestFact: Rules = {
  settleJobs: (context, ...of) => {
    const take: SettledJobs['take'] = (job) => {
      const settled = context.settledJobs.take(job);
      if (!settled?.charge) return settled;
      const versions = { ...settled.charge.versions, factsSeen: settled.facts.length };
      return { ...settled, charge: { ...settled.charge, versions } };
    };
    return settleJobs({ ...context, settledJobs: { ...context.settledJobs, take } }, ...of);
  },
};

/** The log is not read after what is expected was written. */
export const logIsNotReadAfterwards: Rules = {
  settleJobs(context, jobs, onFailure, delivered: DeliveredFacts = new Map()) {
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
      delivered,
    );
  },
};

/** Charges are replaced where no newer ones are stored, instead of where those are that were read. */
export const replacedChargesAreNotCompared: Rules = {
  context: (context) => ({
    ...context,
    store: {
      ...context.store,
      writeCharges: (charges, versions, events) => context.store.writeCharges(charges, versions, events),
    },
  }),
};
