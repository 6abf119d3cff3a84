import { expect, test } from 'vitest';
import { issueToken } from '../../../lib/http/tokens.ts';
import { hasScope, mayOperate } from '../../../web/token.ts';

const token = (
  projects: readonly string[] | 'all',
  scopes: Parameters<typeof issueToken>[1]['scopes'] = [],
) => issueToken('x'.repeat(32), { projects, scopes, expiresInSeconds: 60 }, 0);

test('what a token may be used for is read from its claims', async () => {
  const writer = await token(['proj-1'], ['usage:read', 'budgets:write']);
  expect(hasScope(writer, 'budgets:write')).toBe(true);
  expect(hasScope(writer, 'statements:approve')).toBe(false);
  expect(hasScope('no.token.at-all', 'budgets:write')).toBe(false);
});

test('the state of the stage needs the scope and all projects', async () => {
  expect(mayOperate(await token('all', ['operations:read']))).toBe(true);
  expect(mayOperate(await token(['proj-1'], ['operations:read']))).toBe(false);
  expect(mayOperate(await token('all', ['usage:read']))).toBe(false);
});
