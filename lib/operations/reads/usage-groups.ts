import type { FinalCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { addToMember, type MemberAmounts, shareLines } from '../../billing/line-shares.ts';
import type { Line } from '../../billing/lines.ts';
import { formatMinor } from '../../billing/money.ts';
import type { Status } from '../../billing/statuses.ts';
import { Refusal } from '../../refusal.ts';
import type { UsageGroup } from '../../shapes/usage.ts';
import { isLabelKey } from '../../validation.ts';

/** What usage is grouped by. */
export type Grouping =
  | { readonly by: 'flavor' | 'job' | 'status' }
  | { readonly by: 'label'; readonly key: string };

/** Groups of one answer; by status, jobs whose facts are read for it. */
export const MAX_GROUPS = 10_000;

interface GroupSum {
  readonly value: string | undefined;
  minutes: number;
  readonly amounts: MemberAmounts;
}

const groupOf = (
  grouping: Grouping,
  { flavor, jobId, labels }: FinalCharge,
  status: Status | undefined,
): string | undefined => {
  switch (grouping.by) {
    case 'flavor':
      return flavor;
    case 'job':
      return jobId;
    case 'status':
      return status;
    case 'label':
      return labels && Object.hasOwn(labels, grouping.key) ? labels[grouping.key] : undefined;
  }
};

export const tooManyGroups = (what: string): Refusal =>
  new Refusal('invalid', `there are more than ${MAX_GROUPS} ${what}: read the jobs page by page`, {
    errors: [{ pointer: 'groupBy', detail: `must group at most ${MAX_GROUPS} ${what}` }],
  });

/** The group without a value first. */
const compareValues = ({ value: a }: GroupSum, { value: b }: GroupSum): number =>
  a === undefined || b === undefined ? Number(a !== undefined) - Number(b !== undefined) : compareText(a, b);

const compareGroups = (a: GroupSum & { share: bigint }, b: GroupSum & { share: bigint }): number =>
  (a.share === b.share ? 0 : a.share < b.share ? 1 : -1) || compareValues(a, b);

/** The jobs, as long as they are not too many to read the facts of each. */
export async function* limitJobs<Job>(jobs: AsyncIterable<Job>): AsyncIterable<Job> {
  let count = 0;
  for await (const job of jobs) {
    count += 1;
    if (count > MAX_GROUPS) throw tooManyGroups('jobs');
    yield job;
  }
}

/** Adds up charges by group. The groups sum to the lines exactly (I5). */
export const createGroups = (grouping: Grouping) => {
  const sums = new Map<string | undefined, GroupSum>();
  return {
    /** Adds a charge of a job in this status, which is known if grouped by it. */
    add(charge: FinalCharge, status?: Status) {
      const value = groupOf(grouping, charge, status);
      const sum = sums.get(value) ?? { value, minutes: 0, amounts: new Map() };
      sums.set(value, sum);
      if (sums.size > MAX_GROUPS) throw tooManyGroups('groups');
      sum.minutes += charge.minutes;
      addToMember(sum.amounts, charge);
    },

    /** Most expensive first. */
    result(lines: readonly Line[], currency: string): UsageGroup[] {
      // A cent that several have an equal claim to depends on the groups, not on the order of charges.
      const groups = [...sums.values()].sort(compareValues);
      const shares = shareLines(
        lines,
        groups.map(({ amounts }) => amounts),
      );
      return groups
        .map((group, index) => ({ ...group, share: shares[index] ?? 0n }))
        .sort(compareGroups)
        .map(({ value, minutes, share }) => ({
          ...(value !== undefined && { value }),
          minutes,
          total: formatMinor(share, currency),
          currency,
        }));
    },
  };
};

const LABEL = 'label:';
export const GROUPING_RULE = 'must be flavor, job, status, or label: and the key of a label';

/** A grouping as it is requested. */
export const groupingText = (grouping: Grouping): string =>
  grouping.by === 'label' ? `${LABEL}${grouping.key}` : grouping.by;

/** The reverse of {@link groupingText}; nothing for any other text. */
export const parseGrouping = (text: string): Grouping | undefined => {
  if (text === 'flavor' || text === 'job' || text === 'status') return { by: text };
  const key = text.startsWith(LABEL) ? text.slice(LABEL.length) : undefined;
  return isLabelKey(key) ? { by: 'label', key } : undefined;
};
