import type { Fact } from '../../../lib/billing/facts.ts';
import { type DeliveredFacts, settleJobs } from '../../../lib/operations/settle/settle-jobs.ts';
import type { SettledJobs } from '../../../lib/operations/settle/settled-jobs.ts';
import { jobPartition } from '../../../lib/store/keys.ts';
import type { Condition, Item } from '../../../lib/store/table.ts';
import type { Rules } from '../../../simulation/world.ts';

/** What a process remembers of jobs that it has settled (protocol rule 3), broken one by one. */

const notNewerThan = ({ factsSeen, tariffsSeen }: Item): Condition => ({
  kind: 'not newer',
  than: { factsSeen: Number(factsSeen), tariffsSeen: Number(tariffsSeen) },
});

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

/** The charge is replaced where no newer one is stored, instead of where the expected one is. */
export const replacedChargeIsNotCompared: Rules = {
  table: (table) => ({
    ...table,
    put: ({ item, condition }) =>
      table.put({
        item,
        ...(condition && {
          condition:
            condition.kind === 'unchanged' && 'factsSeen' in condition.from ? notNewerThan(item) : condition,
        }),
      }),
  }),
};

/** A charge is written first in a month that a close may bill, too: no clock has seen its end. */
export const endedMonthsAreWrittenFirst: Rules = {
  settleJobs: (context, ...of) => settleJobs({ ...context, now: () => 0 }, ...of),
};
