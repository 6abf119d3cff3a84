import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { showTariffChanges } from '../../../cli/show-tariff-changes.ts';
import { showTariffs } from '../../../cli/show-tariffs.ts';
import { tariffTerms } from '../../../lib/billing/tariff.ts';
import type { TariffChanges } from '../../../lib/operations/tariffs/changes.ts';
import { at, DAY, pricesOf, tariffFrom } from '../billing/builders.ts';

/** Without colours and padding. */
const rows = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd().replace(/(?<=\S) {2,}/g, ' | '));

describe('what a tariff changes', () => {
  const FLAVOR: TariffChanges['prices'][number] = {
    ...{ flavor: 'ai1-1-gpu', change: 'changed', jobs: 3, running: 2, unbilled: '12.00' },
    before: { unit: 'gpu', pricePerHour: '1.93' },
    after: { unit: 'gpu', pricePerHour: '2.5' },
    ...{ perHour: { before: '3.86', after: '5' }, unrated: { before: 0, after: 0 } },
  };
  const CHANGES: TariffChanges = {
    ...{ tariff: '2026-11-01T00:00:00.000Z#1', name: 'dearer', effectiveFrom: '2026-11-01T00:00:00.000Z' },
    replaces: { tariff: '2026-01-27T00:00:00.000Z#2', name: 'as before' },
    ...{ tariffsSeen: 1, asOf: '2026-10-15T00:00:00.000Z', currency: 'EUR' },
    ...{ prices: [FLAVOR], rules: {}, jobsSettled: 0, months: [] },
  };

  test('is a row for each flavor, with the jobs and the money that depend on it', () => {
    const { before: _, ...added } = FLAVOR;
    const { after: __, ...dropped } = FLAVOR;
    const prices: TariffChanges['prices'] = [
      { ...FLAVOR, flavor: 'a' },
      { ...dropped, flavor: 'b', change: 'dropped', unrated: { before: 0, after: 2 } },
      { ...added, flavor: 'c', change: 'added', jobs: 1, running: 0 },
    ];
    expect(rows(showTariffChanges({ ...CHANGES, prices }))).toEqual([
      'dearer from 2026-11-01T00:00:00.000Z',
      '  instead of as before (2026-01-27T00:00:00.000Z#2)',
      '',
      'flavor | change | EUR per hour | new | used by | running | their EUR per hour | new | EUR not billed yet',
      'a | changed | 1.93 per gpu | 2.5 per gpu | 3 jobs | 2 | 3.86 | 5 | 12.00',
      'b | dropped | 1.93 per gpu | no price | 3 jobs | 2 | 3.86 | unrated | 12.00',
      'c | added | no price | 2.5 per gpu | 1 job | 0 | 12.00',
      '',
      'it starts later: nothing counted up to now changes',
      '',
    ]);
  });

  test('names the tariff that follows, the rules that change and time that becomes unrated', () => {
    const text = showTariffChanges({
      ...CHANGES,
      prices: [{ ...FLAVOR, after: { unit: 'node', pricePerHour: '2.5' }, unrated: { before: 0, after: 1 } }],
      replacedBy: {
        ...{ tariff: '2026-12-01T00:00:00.000Z#1', name: 'next', effectiveFrom: '2026-12-01T00:00:00.000Z' },
        drops: ['ai1-1-gpu'],
      },
      rules: {
        billableStatuses: { before: ['RUNNING'], after: ['PENDING', 'RUNNING'] },
        maxRunning: { before: 'P28D', after: 'P14D' },
        maxSilence: { before: 'P7D', after: 'PT12H' },
      },
    });
    expect(rows(text)).toEqual(
      expect.arrayContaining([
        '  until 2026-12-01T00:00:00.000Z, when next (2026-12-01T00:00:00.000Z#1) replaces it, which has no price for ai1-1-gpu',
        'note: no count of node is stated by 1 running job on ai1-1-gpu: unrated',
        'billed: PENDING, RUNNING (so far RUNNING)',
        'a run without a stop counts at most 14 days (so far 28 days)',
        'a run without a stop counts at most 12 hours after its latest event (so far 7 days)',
      ]),
    );
  });

  test('of one that starts in the past is a row for each month that changes', () => {
    const months: TariffChanges['months'] = [
      {
        ...{ usageMonth: '2026-09', closed: true, before: '10.00', after: '9.00', difference: '-1.00' },
        unratedMinutes: { before: 0, after: 60 },
      },
      {
        ...{ usageMonth: '2026-10', closed: false, before: '1.00', after: '3.00', difference: '2.00' },
        unratedMinutes: { before: 5, after: 5 },
      },
    ];
    const past = { ...CHANGES, effectiveFrom: '2026-09-01T00:00:00.000Z', jobsSettled: 1 };
    expect(rows(showTariffChanges({ ...past, prices: [], months })).slice(2)).toEqual([
      '',
      'no price changes',
      '',
      '1 job to settle again; all projects together, running jobs up to now:',
      'usage month | EUR so far | new | difference',
      '2026-09 | 10.00 | 9.00 | -1.00 | closed: the next statements correct it',
      '2026-10 | 1.00 | 3.00 | +2.00',
      'note: 2026-09 has 60 unrated minutes, so far 0',
      '',
    ]);
    expect(rows(showTariffChanges(past))).toContain('1 job to settle again; no amount changes');
  });

  test('of the first one is said to be so', () => {
    const { replaces: _, ...first } = CHANGES;
    expect(rows(showTariffChanges(first))[1]).toBe('  no tariff was in force');
  });
});

describe('the list of tariffs', () => {
  const [FIRST, SECOND] = ['2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'];
  const published = [
    tariffFrom(FIRST, { name: 'old', prices: pricesOf({ 'ai1-1-cpu': '0.03', 'ai1-1-gpu': '1.93' }) }),
    tariffFrom(SECOND, { name: 'wrong', revision: 1, prices: pricesOf({ 'ai1-1-gpu': '25' }) }),
    tariffFrom(SECOND, {
      ...{ name: 'new', revision: 2, billableStatuses: ['PENDING', 'RUNNING'], maxSilenceMs: DAY / 2 },
      prices: pricesOf({ 'ai1-1-gpu': '2.5' }),
    }),
  ];
  const listed = (now: string, settled = true) =>
    rows(showTariffs(tariffTerms(published, at(now)).map((term) => ({ ...term, settled }))));

  test('says which one is in force and until when, what it bills, at which price, and what it drops', () => {
    const silence = `${published[0] && published[0].maxSilenceMs / DAY} days of silence`;
    expect(listed('2026-10-15T00:00:00Z')).toEqual([
      'tariff | in force (UTC) | billed | without a stop | flavor | per hour',
      'old | now, from 2026-10-01 00:00 | RUNNING | 28 days | ai1-1-cpu | 0.03 EUR per cpu',
      `2026-10-01T00:00:00.000Z#1 | to 2026-11-01 00:00 | ${silence} | ai1-1-gpu | 1.93 EUR per gpu`,
      '',
      'wrong | never, replaced by | RUNNING | 28 days | ai1-1-gpu | 25 EUR per gpu',
      `2026-11-01T00:00:00.000Z#1 | a later revision | ${silence}`,
      '',
      'new | scheduled, from 2026-11-01 00:00 | PENDING | 28 days | ai1-1-cpu | dropped',
      '2026-11-01T00:00:00.000Z#2 | RUNNING | 12 hours of silence | ai1-1-gpu | 2.5 EUR per gpu',
    ]);
  });

  test('says that jobs are left to settle', () => {
    expect(listed('2026-10-15T00:00:00Z', false).join('\n')).toMatch(
      /unfinished: not all jobs.*\nare settled, see tariff resume/,
    );
  });

  test('without a tariff says that all time is unrated', () => {
    expect(showTariffs([])).toBe('no tariff is published: all time is unrated until one is');
  });
});
