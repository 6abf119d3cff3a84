import { addMonths } from '../../../lib/billing/months.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import type { BilledChargeRecord } from '../../../lib/store/billed-charges.ts';
import type { ChangedMonth } from '../../../lib/store/changed-months.ts';
import { jobPartition } from '../../../lib/store/keys.ts';
import type { Store } from '../../../lib/store/store.ts';
import type { Rules } from '../../../simulation/world.ts';

/** Contexts that break one clause of the protocol each. */

const withStore = (change: (store: Store, context: BillingContext) => Partial<Store>): Rules => ({
  context: (context) => ({ ...context, store: { ...context.store, ...change(context.store, context) } }),
});

// Rules 2 and 3: what a settle reads.

/** Each call gives rules with a memory of their own, as a process has it. */
export const tariffsAreRememberedForEver = (): Rules => {
  let known: ReturnType<BillingContext['tariffs']> | undefined;
  return {
    context: (context) => ({
      ...context,
      tariffs: () => {
        known ??= context.tariffs().catch((error) => {
          known = undefined;
          throw error;
        });
        return known;
      },
    }),
  };
};

/** A tariff that takes effect at once, while others still work by those they remember. */
export const publicationsDoNotWait: Rules = {
  context: (context) => ({ ...context, pause: async () => {} }),
};

export const factsAreNeverReadAgain = withStore((store) => {
  const known = new Map<string, ReturnType<Store['readFacts']>>();
  return {
    readFacts: (job) => {
      const facts = known.get(jobPartition(job)) ?? store.readFacts(job);
      known.set(jobPartition(job), facts);
      return facts;
    },
  };
});

/**
 * Stored charges are looked for up to the month of the latest fact and not of the minute after it.
 */
export const monthAfterTheLatestFactIsNotRead = withStore((store, { calendar }) => {
  const latest = new Map<string, string>();
  return {
    async readFacts(...job) {
      const facts = await store.readFacts(...job);
      for (const fact of facts) {
        const month = fact.kind === 'cutoff' ? fact.month : calendar.monthOf(fact.time).id;
        const before = latest.get(jobPartition(fact)) ?? month;
        latest.set(jobPartition(fact), month > before ? month : before);
      }
      return facts;
    },
    storedCharges: async (projectId, usageMonth, jobId) =>
      usageMonth > (latest.get(jobPartition({ projectId, jobId })) ?? usageMonth)
        ? []
        : store.storedCharges(projectId, usageMonth, jobId),
  };
});

// Rule 4: marks.

export const chargesAreNotMarked: Rules = {
  context: (context) => ({ ...context, markChanged: async () => {} }),
};

export const marksFollowCharges: Rules = {
  context: (context) => ({
    ...context,
    markChanged: async () => {},
    store: {
      ...context.store,
      async writeCharges(charges, ...of) {
        const written = await context.store.writeCharges(charges, ...of);
        for (const charge of charges) await context.markChanged(charge);
        return written;
      },
    },
  }),
};

export const marksAreRememberedForEver = (): Rules => {
  const marked = new Set<string>();
  return {
    context: (context) => ({
      ...context,
      async markChanged(mark) {
        const { projectId, usageMonth } = mark;
        if (marked.has(`${projectId} ${usageMonth}`)) return;
        await context.markChanged({ projectId, usageMonth });
        marked.add(`${projectId} ${usageMonth}`);
      },
    }),
  };
};

// Rule 5: the close. `month` is the month that is being closed, once a first one has been.

const withClose = (
  change: (store: Store, month: () => string | undefined, context: BillingContext) => Partial<Store>,
) =>
  withStore((store, context) => {
    let month: string | undefined;
    const followed: Store = {
      ...store,
      async readClosedMonths() {
        const closed = await store.readClosedMonths();
        const last = closed.toSorted().at(-1);
        month = last && addMonths(last, 1);
        return closed;
      },
      async closeMonth(closed, ...of) {
        await store.closeMonth(closed, ...of);
        month = addMonths(closed, 1);
      },
    };
    return { ...followed, ...change(followed, () => month, context) };
  });

async function* filter<T>(items: AsyncIterable<T>, keep: (item: T) => boolean) {
  for await (const item of items) if (keep(item)) yield item;
}

const withMarksRead = (keep: (closing: string, writtenIn: string, mark: ChangedMonth) => boolean) =>
  withClose((store, closing) => {
    const isKept = (writtenIn: string) => (mark: ChangedMonth) =>
      keep(closing() ?? mark.usageMonth, writtenIn, mark);
    return {
      changedMonths: (writtenIn, shard) => filter(store.changedMonths(writtenIn, shard), isKept(writtenIn)),
      changedMonthsOf: (writtenIn, projectId) =>
        filter(store.changedMonthsOf(writtenIn, projectId), isKept(writtenIn)),
    };
  });

export const marksOfTheMonthBeforeAreNotRead = withMarksRead((closing, writtenIn) => writtenIn >= closing);
export const marksUpToNowAreNotRead = withMarksRead((closing, writtenIn) => writtenIn <= closing);
export const earlierUsageIsNotBilled = withMarksRead((closing, _, mark) => mark.usageMonth >= closing);

export const onlyTheLastMonthIsClosed = withStore((store, context) => ({
  async readClosedMonths() {
    const closed = await store.readClosedMonths();
    return [...closed, addMonths(context.calendar.monthOf(context.now()).id, -2)];
  },
}));

/** A project's marks are read when its statement is begun, and not after its open charges are cut. */
export const marksAreReadOnce = withClose((store, closing) => {
  const read = new Map<string, Promise<ChangedMonth[]>>();
  return {
    async *changedMonthsOf(writtenIn, projectId) {
      const id = `${closing()} ${writtenIn} ${projectId}`;
      const marks = read.get(id) ?? Array.fromAsync(store.changedMonthsOf(writtenIn, projectId));
      read.set(id, marks);
      yield* await marks;
    },
  };
});

export const openChargesAreNotCutOff = withStore(() => ({ recordCutoff: async () => {} }));

export const cutOffJobsAreNotSettled = withStore((store) => {
  const cutOff = new Set<string>();
  return {
    async recordCutoff(fact, recordedAt) {
      await store.recordCutoff(fact, recordedAt);
      cutOff.add(jobPartition(fact));
    },
    readFacts: async (job) => (cutOff.delete(jobPartition(job)) ? [] : store.readFacts(job)),
  };
});

export const monthsAreClosedBeforeTheyAreBilled = withClose((store, closing, context) => ({
  async readStatementIndex(projectId) {
    const month = closing();
    if (month !== undefined) await store.closeMonth(month, context.now());
    return store.readStatementIndex(projectId);
  },
}));

// Rule 6: statements.

/** Every attempt at a project's statement in a month goes by one id. */
export const idsAreNotFresh: Rules = {
  context: (context) => {
    let month = '';
    const { store } = context;
    const readClosedMonths: Store['readClosedMonths'] = async () => {
      const closed = await store.readClosedMonths();
      month = closed.toSorted().at(-1) ?? '';
      return closed;
    };
    const closeMonth: Store['closeMonth'] = async (closed, ...of) => {
      await store.closeMonth(closed, ...of);
      month = closed;
    };
    return {
      ...context,
      newId: () => `after ${month}`,
      store: { ...store, readClosedMonths, closeMonth },
    };
  },
};

export const billedChargesAreNotWritten = withStore(() => ({ writeBilledCharges: async () => {} }));

export const billedChargesFollowTheCommit = withStore((store) => {
  const unwritten: { projectId: string; records: readonly BilledChargeRecord[] }[] = [];
  return {
    writeBilledCharges: async (projectId, records) => {
      unwritten.push({ projectId, records });
    },
    async commitStatement(...of) {
      const written = await store.commitStatement(...of);
      for (const { projectId, records } of unwritten.splice(0))
        if (written) await store.writeBilledCharges(projectId, records);
      return written;
    },
  };
});

/**
 * Billed charges of a statement that was never committed pass for those of the last one that was.
 */
export const uncommittedRecordsCount = withStore((store) => {
  const committedIds = new Map<string, readonly string[]>();
  return {
    async readStatementIndex(projectId) {
      const index = await store.readStatementIndex(projectId);
      committedIds.set(
        projectId,
        index.statements.map(({ statementId }) => statementId),
      );
      return index;
    },
    async *billedChargePages(projectMonth, after) {
      const committed = committedIds.get(projectMonth.projectId) ?? [];
      for await (const page of store.billedChargePages(projectMonth, after))
        yield page.map((record) =>
          committed.includes(record.statementId)
            ? record
            : { ...record, statementId: committed.at(-1) ?? record.statementId },
        );
    },
  };
});

/** The last billed charge is taken by its id and not by the order of commits. */
export const commitOrderIsNotKept = withStore((store) => ({
  async readStatementIndex(projectId) {
    const { version, statements } = await store.readStatementIndex(projectId);
    return { version, statements: statements.toSorted((a, b) => (a.statementId < b.statementId ? -1 : 1)) };
  },
}));

// The hand-over of an attempt that runs out of time.

/** Only the place is handed over, not what was added up. */
export const checkpointsForgetTheirSums = withStore((store) => ({
  async takeCheckpoint(...of) {
    const checkpoint = await store.takeCheckpoint(...of);
    return checkpoint && { ...checkpoint, sums: { ...checkpoint.sums, lines: [] } };
  },
}));

/** Where an attempt stopped is not handed over: it adds up its first pages twice. */
export const checkpointsForgetTheirPlace = withStore((store) => ({
  async takeCheckpoint(...of) {
    const checkpoint = await store.takeCheckpoint(...of);
    if (!checkpoint) return undefined;
    const { after: _, ...rest } = checkpoint;
    return rest;
  },
}));

export const earlierStatementsAreNotSubtracted = withStore((store) => ({
  async *billedChargePages(...where) {
    for await (const page of store.billedChargePages(...where))
      yield page.map(({ billed: _, ...record }) => record);
  },
}));

// Approval.

/** A draft that facts have changed counts as approved, as the one before it was. */
export const approvalsOutliveTheirDigest = withStore((store) => ({
  saveDraft: (draft, read, action) =>
    store.saveDraft(
      draft.state === 'waits' && read?.state === 'approved' && read.decision
        ? { ...draft, state: 'approved', decision: read.decision }
        : draft,
      read,
      action,
    ),
}));
