import { describe, expect, test } from 'vitest';
import { audit } from '../../../../lib/operations/audit/audit.ts';
import { billProject } from '../../../../lib/operations/statements/issue-statement.ts';
import type { Item } from '../../../../lib/store/table.ts';
import { repack } from '../billed-records.ts';
import { at, createWorld, status } from '../world.ts';
import { done, running } from './issued-statements.ts';

describe('a close of a damaged table', () => {
  test('fails with the reason where the index does not name a statement', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const [index] = await world.items('HEAD');
    await world.table.put({ item: { ...(index as Item), statements: [], version: 0 } });
    await expect(billProject(await world.open(), 'proj-1', '2026-10')).rejects.toThrow(
      'the index of proj-1 does not name its statement of 2026-10: it is damaged',
    );
  });

  test('fails where a charge has a copy under another key, and does not bill it twice', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    const [charge] = await world.items('CHARGE#');
    await world.table.put({ item: { ...(charge as Item), sk: `${charge?.sk}#copy` } });
    world.setClock('2026-11-01T02:00:00Z');
    await expect(world.close()).rejects.toThrow('2026-10 stays open');
    await audit(await world.open(), { heal: true });
    await world.close();
    expect((await world.statement('proj-1', '2026-10')).total).toBe('19.30');
  });

  test('ignores a billed charge of a month that its statement cannot bill', async () => {
    const world = await createWorld();
    await world.tell(running, done);
    await world.closeAt('2026-11-01T02:00:00Z');
    const { statementId } = await world.statement('proj-1', '2026-10');
    const usage = ['2026-11-05T08:00:00Z', '2026-11-05T13:00:00Z'] as const;
    await world.tell(status('job-2', 'RUNNING', usage[0]), status('job-2', 'DONE', usage[1]));
    const [, charge] = await world.items('CHARGE#');
    const { kind: _, factsSeen: __, tariffsSeen: ___, pk, sk, ...billed } = charge as Item;
    const key = { pk, sk: sk.replace('CHARGE#', `BILLED#${statementId}#`) };
    await repack(world.table, key, [{ jobId: 'job-2', start: at(usage[0]), billed }]);
    await world.closeAt('2026-12-01T02:00:00Z');
    expect((await world.statement('proj-1', '2026-11')).total).toBe('19.30');
  });
});
