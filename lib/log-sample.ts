/**
 * Whether to log what went well: a share of it, from 0 to 1. What did not go well is always logged.
 */
export const createLogSample =
  (share: number, random: () => number = Math.random) =>
  (): boolean =>
    random() < share;
