import type { FinalCharge } from '../../billing/charges.ts';
import { compareText } from '../../billing/compare-text.ts';
import { addToMember, type MemberAmounts, shareLines } from '../../billing/line-shares.ts';
import type { Line } from '../../billing/lines.ts';
import { formatMinor } from '../../billing/money.ts';
import { Refusal } from '../../refusal.ts';
import type { UsageGroup } from '../../shapes/usage.ts';
import { isLabelKey } from '../../validation.ts';

/** What usage is grouped by. */
export type Grouping = { readonly by: 'flavor' | 'job' } | { readonly by: 'label'; readonly key: string };

/** Groups of one answer. */
const MAX_GROUPS = 10_000;

interface GroupSum {
  readonly value: string | undefined;
  minutes: number;
  readonly amounts: MemberAmounts;
}

const groupOf = (grouping: Grouping, { flavor, jobId, labels }: FinalCharge): string | undefined => {
  if (grouping.by !== 'label') return grouping.by === 'flavor' ? flavor : jobId;
  return labels && Object.hasOwn(labels, grouping.key) ? labels[grouping.key] : undefined;
};

const compareGroups = (a: GroupSum & { share: bigint }, b: GroupSum & { share: bigint }): number =>
  (a.share === b.share ? 0 : a.share < b.share ? 1 : -1) || compareText(a.value ?? '', b.value ?? '');

/** Adds up charges by group. The groups sum to the lines exactly (I5). */
export const createGroups = (grouping: Grouping) => {
  const sums = new Map<string | undefined, GroupSum>();
  return {
    add(charge: FinalCharge) {
      const value = groupOf(grouping, charge);
      const sum = sums.get(value) ?? { value, minutes: 0, amounts: new Map() };
      sums.set(value, sum);
      if (sums.size > MAX_GROUPS)
        throw new Refusal('invalid', `there are more than ${MAX_GROUPS} groups: read the jobs page by page`, {
          errors: [{ pointer: 'groupBy', detail: `must make at most ${MAX_GROUPS} groups` }],
        });
      sum.minutes += charge.minutes;
      addToMember(sum.amounts, charge);
    },

    /** Most expensive first. */
    result(lines: readonly Line[], currency: string): UsageGroup[] {
      const groups = [...sums.values()];
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
export const GROUPING_RULE = 'must be flavor, job, or label: and the key of a label';

/** A grouping as it is requested. */
export const groupingText = (grouping: Grouping): string =>
  grouping.by === 'label' ? `${LABEL}${grouping.key}` : grouping.by;

/** The reverse of {@link groupingText}; nothing for any other text. */
export const parseGrouping = (text: string): Grouping | undefined => {
  if (text === 'flavor' || text === 'job') return { by: text };
  const key = text.startsWith(LABEL) ? text.slice(LABEL.length) : undefined;
  return isLabelKey(key) ? { by: 'label', key } : undefined;
};
