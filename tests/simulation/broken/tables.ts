import type { Condition, Key, Put, Table } from '../../../lib/store/table.ts';
import type { Rules } from '../../../simulation/world.ts';

/** Tables that break one clause of the protocol each. */

const isCommit = ([put]: readonly Put[]) => put?.item.sk === 'STATEMENT';

/** Charges one by one, whether they are written together or not. */
const withCharges = (write: (table: Table, put: Put) => ReturnType<Table['put']>): Rules => ({
  table: (table) => ({
    ...table,
    put: (put) => write(table, put),
    async putTogether(puts) {
      if (isCommit(puts)) return table.putTogether(puts);
      for (const put of puts) if (!(await write(table, put)).written) return { written: false };
      return { written: true };
    },
  }),
});

export const chargesAreWrittenOneByOne = withCharges((table, put) => table.put(put));

const withCondition = (change: (condition: Condition) => Condition | undefined): Rules => {
  const changed = ({ item, condition: before }: Put): Put => {
    const condition = before && change(before);
    return condition ? { item, condition } : { item };
  };
  return {
    table: (table) => ({
      ...table,
      put: (put) => table.put(changed(put)),
      putTogether: (puts) => table.putTogether(puts.map(changed)),
    }),
  };
};

export const chargesAreNotGuarded = withCondition((condition) =>
  condition.kind === 'not newer' ? undefined : condition,
);

export const guardForgets = (forgotten: 'factsSeen' | 'tariffsSeen'): Rules =>
  withCondition((condition) => {
    if (condition.kind !== 'not newer') return condition;
    const { [forgotten]: _, ...than } = condition.than;
    return { kind: 'not newer', than };
  });

export const voidsAreDeletions = withCharges(async (table, put) => {
  const { pk, sk, kind } = put.item;
  if (kind !== 'void') return table.put(put);
  await table.delete({ pk, sk }, { kind: 'unchanged', from: { pk } });
  return { written: true };
});

/** Keys without the project: equal job ids are one job, of the project that is met first. */
export const keysHaveNoProject = (): Rules => {
  const partitions = new Map<string, string>();
  const withoutProject = <T extends Key>(key: T): T => {
    const [kind, , jobId = ''] = key.pk.split('#');
    if (kind !== 'JOB') return key;
    const pk = partitions.get(jobId) ?? key.pk;
    partitions.set(jobId, pk);
    return { ...key, pk };
  };
  return {
    table: (table) => ({
      ...table,
      get: (key) => table.get(withoutProject(key)),
      query: (pk, options) => table.query(withoutProject({ pk, sk: '' }).pk, options),
      put: (put) => table.put({ ...put, item: withoutProject(put.item) }),
    }),
  };
};

/** `others`: the events that are committed with a statement and its index. */
const withCommit = (
  commit: (table: Table, statement: Put, index: Put, others: readonly Put[]) => Promise<boolean>,
): Rules => ({
  table: (table) => ({
    ...table,
    putTogether: async (puts) => {
      if (!isCommit(puts)) return table.putTogether(puts);
      const [statement, index, ...others] = puts;
      if (!statement || !index) throw new Error('a commit is a statement and an index');
      return { written: await commit(table, statement, index, others) };
    },
  }),
});

export const indexIsNotCompared = withCommit(
  async (table, statement, { item }, others) =>
    (await table.putTogether([statement, { item }, ...others])).written,
);

export const indexFollowsLater = withCommit(
  async (table, statement, index, others) =>
    (await table.put(statement)).written && (await table.putTogether([index, ...others])).written,
);

export const indexComesFirst = withCommit(
  async (table, statement, index, others) =>
    (await table.put(index)).written && (await table.putTogether([statement, ...others])).written,
);

/** The draft is written after the commit, whatever was decided about it meanwhile. */
export const draftIsNotInTheCommit: Rules = {
  table: (table) => ({
    ...table,
    async putTogether(puts) {
      if (!isCommit(puts)) return table.putTogether(puts);
      const isDraft = ({ item }: Put) => item.pk.startsWith('DRAFT#');
      const committed = await table.putTogether(puts.filter((put) => !isDraft(put)));
      for (const { item } of puts.filter(isDraft)) if (committed.written) await table.put({ item });
      return committed;
    },
  }),
};
