import { dim, green, red } from './output.ts';

/** Width of a whole bar. */
const BAR_WIDTH = 24;

const lengthOf = (part: bigint, whole: bigint): number =>
  part <= 0n || whole === 0n ? 0 : Math.max(1, Number((part * BigInt(BAR_WIDTH)) / whole));

/** A bar to scale, at least one character for what is not zero. */
export const bar = (part: bigint, most: bigint): string => {
  const length = lengthOf(part, most);
  return length === 0 ? '' : green('█'.repeat(length));
};

/** A bar of what is used of a limit, red where nothing is left, with the share in percent. */
export const usedBar = (used: bigint, limit: bigint): string => {
  const length = Math.min(BAR_WIDTH, lengthOf(used, limit));
  const colour = used >= limit ? red : green;
  return `${colour('█'.repeat(length))}${dim('░'.repeat(BAR_WIDTH - length))} ${(used * 100n) / limit}%`;
};
