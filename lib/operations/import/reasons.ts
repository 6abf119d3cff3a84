import { compareText } from '../../billing/compare-text.ts';

/** Records or events that were left out for one reason. */
export interface ReasonGroup {
  readonly reason: string;
  readonly count: number;
  /** Where the first of them are. */
  readonly first: readonly string[];
}

const FIRST_SHOWN = 3;
/** Reasons that are kept apart: a reason may quote what is wrong. */
const MAX_REASONS = 1_000;
const OTHERS = 'other reasons';
const LONGEST = 300;

/** What a reason quotes of a file is of any length, and may have escape sequences of a terminal. */
const toPlain = (reason: string): string => {
  const plain = reason.replace(/\p{Cc}/gu, '\u{fffd}');
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
};

/** Counts what was left out, by reason. */
export const createReasons = () => {
  const groups = new Map<string, { count: number; readonly first: string[] }>();
  return {
    add(given: string, where: string) {
      const reason = toPlain(given);
      const name = groups.has(reason) || groups.size < MAX_REASONS ? reason : OTHERS;
      const group = groups.get(name) ?? { count: 0, first: [] };
      groups.set(name, group);
      group.count += 1;
      if (group.first.length < FIRST_SHOWN) group.first.push(where);
    },

    /** The most frequent first. */
    result: (): ReasonGroup[] =>
      [...groups]
        .map(([reason, group]) => ({ reason, ...group }))
        .sort((a, b) => b.count - a.count || compareText(a.reason, b.reason)),
  };
};
