import assert from 'node:assert/strict';

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  assert(low !== undefined && high !== undefined, 'a median is of something');
  return (low + high) / 2;
};

/** How long `work` takes. */
export const elapsedMs = async (work: () => unknown): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** How much processor time this process takes for `work`, all its threads together. */
export const cpuMicroseconds = async (work: () => unknown): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** Measures something once; `round` counts from 1, and is 0 for the first one, which is thrown away. */
export type Measure = (round: number) => Promise<number>;

/**
 * What each contender measures in each round. They take turns within a round, every other round the other way about, so what the machine
 * does meanwhile hits all of them alike. What earlier rounds left for the collector is collected before each turn.
 */
export const interleave = async <Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, Measure>>,
  onProgress: (text: string) => void,
): Promise<Record<Name, number[]>> => {
  const names = Object.keys(contenders) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      onProgress(round === 0 ? `warming up, ${name}` : `round ${round} of ${rounds}, ${name}`);
      globalThis.gc?.();
      const value = await contenders[name](round);
      if (round > 0) measured[name].push(value);
    }
  }
  return measured;
};

/** The median of each contender's rounds. */
export const medians = <Name extends string>(
  measured: Readonly<Record<Name, readonly number[]>>,
): Record<Name, number> =>
  Object.fromEntries(
    Object.entries<readonly number[]>(measured).map(([name, values]) => [name, median(values)]),
  ) as Record<Name, number>;
