import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { shiftDate } from './shift-date.ts';

/** How long a process may not notice that the clock was moved. */
const REREAD_MS = 2;

/**
 * Loaded with `node --require` into every process of a test: its clock is off by what the file at
 * CLOCK_FILE says, in milliseconds. So the processes agree, and a test can move the time of all.
 */
const file = process.env.CLOCK_FILE;
if (file !== undefined) {
  let readAt = Number.NEGATIVE_INFINITY;
  let shiftMs = 0;
  shiftDate(() => {
    const at = performance.now();
    if (at - readAt >= REREAD_MS) {
      shiftMs = Number(readFileSync(file, 'utf8'));
      readAt = at;
    }
    return shiftMs;
  });
}
