import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Imports run one way. Each folder may import from itself, from those named here, and from the leaves that
 * belong to no folder; `billing` imports nothing of the project.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'lib/billing': [],
  'lib/store': ['lib/billing'],
  'lib/operations': ['lib/store', 'lib/billing', 'lib/refusal.ts', 'lib/validation.ts'],
  'lib/http': [
    'lib/operations',
    'lib/billing',
    'lib/refusal.ts',
    'lib/validation.ts',
    'lib/config.ts',
    'lib/connect.ts',
  ],
  'lib/refusal.ts': [],
  'lib/validation.ts': ['lib/refusal.ts'],
  'lib/config.ts': ['lib/billing'],
  'lib/stream.ts': ['lib/store'],
  'lib/connect.ts': ['lib/operations', 'lib/store'],
  'lib/metrics.ts': ['lib/operations', 'lib/billing'],
  functions: ['lib'],
  local: ['lib'],
  cli: ['lib', 'local'],
};

/** The engine is known in two places only: everything else works on the store it is given. */
const ENGINE = ['lib/store/dynamodb-table.ts', 'lib/connect.ts'];

const sources = globSync('{functions,lib,cli,local}/**/*.ts');
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name);
const isWithin = (file: string, place: string) => file === place || file.startsWith(`${place}/`);
const placeOf = (file: string) =>
  Object.keys(MAY_IMPORT)
    .filter((place) => isWithin(file, place))
    .sort((a, b) => b.length - a.length)[0];

test('every source file has a place in the import rules', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.filter((file) => placeOf(file) === undefined)).toEqual([]);
});

test('imports run one way: functions and cli to http and operations, to store, to billing', () => {
  const against = sources.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(file), name)))
      .filter((target) => {
        const place = placeOf(file) ?? '';
        const allowed = [place, ...(MAY_IMPORT[place] ?? [])];
        return !allowed.some((other) => isWithin(target, other));
      })
      .map((target) => `${file} imports ${target}`),
  );
  expect(against).toEqual([]);
});

test('only the DynamoDB table and the composition know the AWS client', () => {
  const others = sources
    .filter((file) => file.startsWith('lib/') && !ENGINE.includes(file))
    .filter((file) => importsOf(file).some((name) => name.startsWith('@aws-sdk/')));
  expect(others).toEqual([]);
});

test('the pure core reads no clock, no chance and no environment', () => {
  const impure = sources
    .filter((file) => file.startsWith('lib/billing/') || file.startsWith('lib/operations/'))
    .filter((file) =>
      /process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(file, 'utf8')),
    );
  expect(impure).toEqual([]);
});
