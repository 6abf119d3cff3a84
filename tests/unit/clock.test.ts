import { execFileSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { allInstants } from '../clock/instants.ts';
import { createTestClock } from '../clock/test-clock.ts';

const NEW_YEAR = Date.parse('2031-01-01T00:00:00Z');

describe('a process with a test clock', () => {
  const startClock = () => {
    const clock = createTestClock({ at: NEW_YEAR, timeZone: 'Asia/Tokyo' });
    onTestFinished(clock.remove);
    return clock;
  };
  const evaluate = (environment: Readonly<Record<string, string>>, code: string) => {
    const env = { ...process.env, ...environment };
    return JSON.parse(
      execFileSync(process.execPath, ['-p', `JSON.stringify(${code})`], { env, encoding: 'utf8' }),
    );
  };

  test('reads the test clock everywhere, in its zone, and computes with given times as before', () => {
    const { environment } = startClock();
    const read = '[Date.now(), new Date().getTime(), Date.parse(Date()), new Date().getHours()]';
    const [now, fromDate, fromText, hours] = evaluate(environment, read);
    for (const time of [now, fromDate, fromText]) {
      expect(time).toBeGreaterThanOrEqual(NEW_YEAR);
      expect(time).toBeLessThan(NEW_YEAR + 60_000);
    }
    expect(hours).toBe(9);
    const given =
      "[new Date(0), new Date('2026-10-01'), new Date() instanceof Date, new Date().constructor === Date]";
    expect(evaluate(environment, given)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '2026-10-01T00:00:00.000Z',
      true,
      true,
    ]);
  });

  test('follows when it is moved', () => {
    const clock = startClock();
    clock.moveTo(NEW_YEAR - 86_400_000);
    expect(evaluate(clock.environment, 'new Date()')).toMatch(/^2030-12-31T00:00:/);
    expect(clock.now()).toBeLessThan(NEW_YEAR);
  });
});

test.each(['2026-11-28T07:00:00Z', '2026-12-31T23:59:00Z', '2028-02-29T20:00:00Z', '2099-10-25T00:59:00Z'])(
  'the instants of the tests are what they are called, and ahead of %s',
  (now) => {
    const instants = allInstants(Date.parse(now));
    const shown = instants.map(({ at, timeZone }) =>
      new Date(at).toLocaleString('sv', { timeZone }).slice('2026-'.length),
    );
    expect(shown.slice(0, 5)).toEqual([
      '03-15 03:10:00',
      '12-31 23:58:00',
      '02-29 12:00:00',
      '01-01 00:00:05',
      '06-30 23:58:00',
    ]);
    expect(
      shown
        .slice(5)
        .map((text) => text.slice(-8))
        .sort(),
    ).toEqual(['01:58:00', '02:58:00']);
    for (const { at } of instants) expect(at).toBeGreaterThan(Date.parse(now));
  },
);
