import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMemoryTable } from '../../../lib/store/memory-table.ts';

const FOLDER = new URL('../../../lib/store/', import.meta.url);

test('no two subjects of the store share the name of a member', async () => {
  const source = readFileSync(new URL('store.ts', FOLDER), 'utf8');
  const subjects = [...source.matchAll(/import \{ (create\w+) \} from '\.\/([\w-]+\.ts)'/g)].filter(
    ([, name]) => source.includes(`...${name}(table)`),
  );
  expect(subjects.length).toBeGreaterThan(10);
  const members = await Promise.all(
    subjects.map(async ([, name = '', file = '']) => {
      const module = await import(new URL(file, FOLDER).href);
      return Object.keys(module[name](createMemoryTable()));
    }),
  );
  const names = members.flat();
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
