import { addMonths } from '../../../lib/billing/months.ts';
import type { BillingContext } from '../../../lib/operations/billing-context.ts';
import { resumeDigest } from '../../../lib/operations/statements/digest.ts';
import type { BilledChargeRecord } from '../../../lib/store/billed-charges.ts';
import type { ProjectMonth } from '../../../lib/store/keys.ts';
import { chargeTextOf, jobPartition } from '../../../lib/store/keys.ts';
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
      async readLastClosedMonth() {
        const last = await store.readLastClosedMonth();
        month = last && addMonths(last, 1);
        return last;
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

const withMarksRead = (keep: (closing: string, writtenIn: string, mark: ProjectMonth) => boolean) =>
  withClose((store, closing) => {
    const isKept = (writtenIn: string) => (mark: ProjectMonth) =>
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

export const onlyTheLastMonthIsClosed = withStore((_, context) => ({
  readLastClosedMonth: async () => addMonths(context.calendar.monthOf(context.now()).id, -2),
}));

/** A project's marks are read when its statement is begun, and not after its open charges are cut. */
export const marksAreReadOnce = withClose((store, closing) => {
  const read = new Map<string, Promise<ProjectMonth[]>>();
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
    const readLastClosedMonth: Store['readLastClosedMonth'] = async () => {
      const last = await store.readLastClosedMonth();
      month = last ?? '';
      return last;
    };
    const closeMonth: Store['closeMonth'] = async (closed, ...of) => {
      await store.closeMonth(closed, ...of);
      month = closed;
    };
    return {
      ...context,
      newId: () => `after ${month}`,
      store: { ...store, readLastClosedMonth, closeMonth },
    };
  },
};

export const billedChargesAreNotWritten = withStore(() => ({ writeBilledCharges: async () => {} }));

type Written = Parameters<Store['writeBilledCharges']>;

export const billedChargesFollowTheCommit = withStore((store) => {
  const unwritten: Written[] = [];
  return {
    writeBilledCharges: async (...block) => {
      unwritten.push(block);
    },
    async commitStatement(...of) {
      const written = await store.commitStatement(...of);
      for (const block of unwritten.splice(0)) if (written) await store.writeBilledCharges(...block);
      return written;
    },
  };
});

/**
 * Billed charges of a statement that was never committed pass for those of the last one that was.
 */
export const uncommittedRecordsCount = (): Rules => {
  const writtenIds = new Map<string, Set<string>>();
  const committedIds = new Map<string, readonly string[]>();
  return withStore((store) => ({
    async writeBilledCharges(projectMonth, statementId, records) {
      const ids = writtenIds.get(projectMonth.projectId) ?? new Set();
      writtenIds.set(projectMonth.projectId, ids.add(statementId));
      await store.writeBilledCharges(projectMonth, statementId, records);
    },
    async readStatementIndex(projectId) {
      const index = await store.readStatementIndex(projectId);
      committedIds.set(
        projectId,
        index.statements.map(({ statementId }) => statementId),
      );
      return index;
    },
    async *billedChargePages(projectMonth, statementId, after) {
      const committed = committedIds.get(projectMonth.projectId) ?? [];
      const others = [...(writtenIds.get(projectMonth.projectId) ?? [])].filter(
        (id) => !committed.includes(id),
      );
      const records = new Map<string, BilledChargeRecord>();
      for (const id of statementId === committed.at(-1) ? [statementId, ...others] : [statementId])
        for await (const page of store.billedChargePages(projectMonth, id, after))
          for (const record of page) records.set(chargeTextOf(record), { ...record, statementId });
      yield [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
    },
  }));
};

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

/** What is not a whole block is kept for the next one, in the memory of the invocation. */
export const handOversDoNotEndABlock = withStore((store) => {
  let kept: Written | undefined;
  const write = async () => {
    const block = kept;
    kept = undefined;
    if (block) await store.writeBilledCharges(...block);
  };
  return {
    async writeBilledCharges(...block) {
      await write();
      kept = block;
    },
    async saveCheckpoint(...of) {
      kept = undefined;
      await store.saveCheckpoint(...of);
    },
    async commitStatement(...of) {
      await write();
      return store.commitStatement(...of);
    },
  };
});

/** Where the digest stopped is handed over, and not what it has hashed. */
export const checkpointsForgetTheirHash = withStore((store) => ({
  async takeCheckpoint(...of) {
    const checkpoint = await store.takeCheckpoint(...of);
    if (!checkpoint?.digest) return checkpoint;
    const state = (await resumeDigest()).digest.save();
    return { ...checkpoint, digest: { ...checkpoint.digest, state } };
  },
}));

/** What was hashed is handed over, and not where: its first pages are hashed twice. */
export const digestsForgetTheirPlace = withStore((store) => ({
  async takeCheckpoint(...of) {
    const checkpoint = await store.takeCheckpoint(...of);
    if (!checkpoint?.digest) return checkpoint;
    const usageMonth = checkpoint.sums.usageMonths[0] ?? checkpoint.digest.usageMonth;
    return { ...checkpoint, digest: { ...checkpoint.digest, usageMonth, after: { jobId: '', start: '' } } };
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
