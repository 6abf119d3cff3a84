import { expect, test } from 'vitest';
import { showExport } from '../../../cli/commands/export.ts';

const SUMMARY = {
  ...{ from: '2026-09', to: '2026-10', format: 'csv' as const, file: 'all.csv' },
  ...{ projects: 2, statements: 3, rows: 1_234, total: '19.30', currency: 'EUR' },
};

test('an export of a month that is not closed may have statements of it: others are to come', () => {
  expect(showExport({ ...SUMMARY, openMonths: ['2026-10'] }).split('\n')).toEqual([
    '1,234 rows of 3 statements of 2 projects, 2026-09 to 2026-10, in all.csv',
    '  total 19.30 EUR',
    '  not closed yet, so statements may be to come: 2026-10',
  ]);
  expect(showExport({ ...SUMMARY, openMonths: [] })).not.toContain('not closed');
});
