import { expect, test } from 'vitest';
import { askFirst } from '../../../cli/ask-first.ts';
import { ProviderError } from '../../../lib/provider/ovh-api.ts';
import { refusalOf } from '../http/refused.ts';
import { createFakeOvh } from '../operations/poll/fake-ovh.ts';
import { createWorld, status } from '../operations/world.ts';

const PROJECTS = [{ provider: 'cloud-1', projectId: 'proj-1' }];

/** October has ended, and a job of it runs. */
const createMonth = async () => {
  const world = await createWorld({ now: '2026-10-30T12:00:00Z' });
  await world.tell(status('3f1c2a52-0d0b-4a5e-9a55-000000000001', 'RUNNING', '2026-10-30T09:00:00Z'));
  world.setClock('2026-11-01T06:00:00Z');
  const ovh = createFakeOvh();
  const ask = async (month?: string) =>
    askFirst(await world.open(), { api: ovh.api, projects: PROJECTS }, month);
  return { world, ovh, ask };
};

const fail = () => {
  throw new ProviderError('unavailable', 'the provider answered 503');
};

test('a close by hand follows once the provider was asked', async () => {
  const { ovh, ask } = await createMonth();
  expect(await ask()).toEqual([]);
  expect(ovh.calls).not.toEqual([]);
});

test('a close by hand is refused while the provider cannot be asked, and says how to do without', async () => {
  const { ovh, ask } = await createMonth();
  ovh.beforeCall = fail;
  expect((await refusalOf(() => ask('2026-10'))).message).toBe(
    'the provider could not be asked for jobs that are open or held (cloud-1: the provider answered 503): ' +
      'try again, or close with --without-asking',
  );
});

test('a close by hand does without a provider that cannot be asked for a day, and says why', async () => {
  const { world, ovh, ask } = await createMonth();
  ovh.beforeCall = fail;
  await refusalOf(ask);
  world.setClock('2026-11-02T06:00:00Z');
  expect(await ask()).toEqual(['cloud-1: the provider answered 503']);
});

test('a close by hand of months without usage asks for nothing', async () => {
  const { ovh, ask } = await createMonth();
  expect(await ask('2026-09')).toEqual([]);
  expect(ovh.calls).toEqual([]);
});
