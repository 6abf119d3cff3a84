import { expect, test } from 'vitest';
import { localUser, readActor } from '../../../cli/actor.ts';
import { refusalOf } from '../http/refused.ts';

const noEntry = () => {
  throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
};

test('the actor of the local stage is the user of the machine', async () => {
  expect(localUser(() => ({ username: 'ana' }), { USER: 'other' })).toBe('ana');
  expect(await readActor('local', { user: () => 'ana' })).toEqual({ kind: 'local', id: 'ana' });
});

test.each([
  ['its environment', { USER: 'bo' }, 'bo'],
  ['the name it logged in with', { USER: '', LOGNAME: 'cy' }, 'cy'],
  ['its number', {}, 'uid 1234'],
])('a user without a passwd entry is named by %s', (_, environment, name) => {
  expect(localUser(noEntry, environment, () => 1234)).toBe(name);
});

test('a machine without numbers of users has an actor too', () => {
  expect(localUser(noEntry, {}, () => undefined)).toBe('unknown');
});

test('the actor of a deployed stage is the identity of the credentials', async () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/Operator/ana';
  expect(await readActor('prod', { identities: { read: async () => arn } })).toEqual({
    kind: 'iam',
    id: arn,
  });
});

test('credentials without an identity are refused, with what to check', async () => {
  const refusal = await refusalOf(() => readActor('prod', { identities: { read: async () => undefined } }));
  expect(refusal.message).toMatch(/aws sts get-caller-identity/);
});
