import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addImportOptions, importOptionsOf, sourceOptionsOf } from '../../../../cli/import/options.ts';

const sourceOptions = (...args: readonly string[]) => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addImportOptions(command).parse(args, { from: 'user' });
  return sourceOptionsOf(importOptionsOf(command));
};

const labelled = (...labels: readonly string[]) => labels.flatMap((label) => ['--label', label]);

test('labels add up, the last of a name counts, and times are in UTC if nothing else is said', () => {
  expect(sourceOptions(...labelled('team=a', 'run=x=y', 'team=b'))).toEqual({
    ...{ labels: { team: 'b', run: 'x=y' }, timeZone: 'UTC' },
  });
  expect(
    Object.keys(
      sourceOptions(...labelled(...Array.from({ length: 16 }, (_, n) => n).map((n) => `k${n}=v`))).labels ??
        {},
    ),
  ).toHaveLength(16);
});

test.each([
  ['a label without a value', labelled('team'), 'must be key=value'],
  ['a label that no event may have', labelled('__proto__=x'), 'must be key=value'],
  ['a label with a control character', labelled('team=a\u0007'), 'must be key=value'],
  [
    'more labels than an event may have',
    labelled(...Array.from({ length: 17 }, (_, n) => n).map((n) => `k${n}=v`)),
    'at most 16',
  ],
  [
    'larger ones',
    labelled(...Array.from({ length: 9 }, (_, n) => n).map((n) => `k${n}=${'v'.repeat(128)}`)),
    'of 1 KB',
  ],
  ['a field without a name', ['--project-from', ''], 'must name a column, a label or a tag'],
])('%s is refused, not left out', (_, args, rule) => {
  expect(() => sourceOptions(...args)).toThrow(rule);
});
