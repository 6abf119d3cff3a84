import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { TestInstant } from './instants.ts';

const BIN = fileURLToPath(new URL('bin', import.meta.url));
const PRELOAD = fileURLToPath(new URL('preload.ts', import.meta.url));

/** The time of the machine, also in a process whose `Date` is shifted. */
export const realNow = (): number => Math.round(performance.timeOrigin + performance.now());

export interface TestClock {
  /** What a process has in its environment that goes by this clock. */
  readonly environment: Readonly<Record<string, string>>;
  now(): number;
  /** Moves the clock of every process that goes by it; it runs on from there. */
  moveTo(time: number): void;
  remove(): void;
}

/** A clock that processes started with its environment share. It runs as fast as the real one. */
export const createTestClock = ({ at, timeZone }: Pick<TestInstant, 'at' | 'timeZone'>): TestClock => {
  const directory = mkdtempSync(join(tmpdir(), 'jobmeter-clock-'));
  const file = join(directory, 'shift');
  let shiftMs = 0;
  const moveTo = (time: number) => {
    shiftMs = time - realNow();
    // In one step, so that no process reads half of it.
    writeFileSync(`${file}.new`, String(shiftMs));
    renameSync(`${file}.new`, file);
  };
  moveTo(at);
  const options = process.env.NODE_OPTIONS ?? '';
  return {
    environment: {
      NODE_OPTIONS: `${options} --require=${JSON.stringify(PRELOAD)}`,
      CLOCK_FILE: file,
      TZ: timeZone,
      // Scripts of the documentation ask the `date` command.
      PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
    },
    now: () => realNow() + shiftMs,
    moveTo,
    remove: () => rmSync(directory, { recursive: true }),
  };
};
