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

/** Elapsed milliseconds of `work`. */
export const elapsedMs = async (work: () => unknown): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** Processor time of `work` in this process, all threads together. */
export const cpuMicroseconds = async (work: () => unknown): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** A measurement; `round` counts from 1, round 0 is a discarded warm-up. */
export type Measure = (round: number) => Promise<number>;

/**
 * Measures contenders in turns, in alternating order, so that the load of the machine affects all
 * alike. Garbage is collected before each turn.
 */
export const interleave = async <Contenders extends Readonly<Record<string, Measure>>>(
  rounds: number,
  contenders: Contenders,
  onProgress: (text: string) => void,
): Promise<{ readonly [Name in keyof Contenders]: number[] }> => {
  const entries = Object.entries(contenders).map(([name, measure]) => ({
    name,
    measure,
    values: [] as number[],
  }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, measure, values } of round % 2 === 0 ? entries : entries.toReversed()) {
      onProgress(round === 0 ? `warming up, ${name}` : `round ${round} of ${rounds}, ${name}`);
      globalThis.gc?.();
      const value = await measure(round);
      if (round > 0) values.push(value);
    }
  }
  return Object.fromEntries(entries.map(({ name, values }) => [name, values])) as {
    [Name in keyof Contenders]: number[];
  };
};

/** The median of each contender's rounds. */
export const medians = <Measured extends Readonly<Record<string, readonly number[]>>>(
  measured: Measured,
): { readonly [Name in keyof Measured]: number } =>
  Object.fromEntries(Object.entries(measured).map(([name, values]) => [name, median(values)])) as {
    [Name in keyof Measured]: number;
  };
