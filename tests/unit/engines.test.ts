import { readFileSync } from 'node:fs';
import { minVersion, satisfies, subset } from 'semver';
import { expect, test } from 'vitest';

interface Package {
  readonly engines?: { readonly node?: string };
}

const readJson = <Content>(file: string): Content => JSON.parse(readFileSync(file, 'utf8'));

const ALLOWED = readJson<{ engines: { node: string } }>('package.json').engines.node;

test('every dependency runs on every Node that package.json allows, so npm warns of none', () => {
  const { packages } = readJson<{ packages: Record<string, Package> }>('package-lock.json');
  const narrower = Object.entries(packages)
    .filter(([, { engines }]) => engines?.node !== undefined && !subset(ALLOWED, engines.node))
    .map(([name, { engines }]) => `${name} needs ${engines?.node}`);
  expect(narrower).toEqual([]);
});

test('the oldest Node that is allowed is the one that continuous integration runs, and the README names', () => {
  const oldest = minVersion(ALLOWED)?.version ?? '';
  expect(readFileSync('.github/workflows/test.yml', 'utf8')).toContain(`node: ["${oldest}", "24"]`);
  expect(readFileSync('README.md', 'utf8')).toContain(`(or ${oldest.replace(/\.0$/, '')})`);
  expect(satisfies(process.versions.node, ALLOWED)).toBe(true);
});
