/** Pseudo-random numbers, reproducible by seed. */
export interface Random {
  /** A whole number from `from` to `to`, inclusive. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  oneOf<T>(list: readonly [T, ...T[]]): T;
  /** Removes one item from a list that is not empty. */
  take<T>(list: T[]): T;
}

/** mulberry32: small, fast and good enough to choose schedules. */
export const createRandom = (seed: number): Random => {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    integer,
    chance: (probability) => next() < probability,
    oneOf: (list) => list[integer(0, list.length - 1)] ?? list[0],
    take: (list) => {
      const [taken] = list.splice(integer(0, list.length - 1), 1);
      if (taken === undefined) throw new Error('nothing to take');
      return taken;
    },
  };
};
