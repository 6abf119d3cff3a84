import type { audit } from '../../../../lib/operations/audit/audit.ts';
import type { Item, Key, Table } from '../../../../lib/store/table.ts';
import { createWorld, status, TWO_CPUS, type World } from '../world.ts';

/**
 * Three jobs: one ended, one that crosses a closed month's end and still runs, one of another
 * project on CPUs.
 */
export const createThreeJobs = async (): Promise<World> => {
  const world = await createWorld({ now: '2026-10-30T00:00:00Z' });
  await world.tell(
    status('ended', 'RUNNING', '2026-10-29T09:00:00Z'),
    status('ended', 'DONE', '2026-10-29T14:00:00Z'),
    status('crossing', 'RUNNING', '2026-10-29T12:00:00Z'),
    status('other', 'RUNNING', '2026-10-29T10:00:00Z', { projectId: 'proj-2', resources: TWO_CPUS }),
    status('other', 'DONE', '2026-10-29T11:00:00Z', { projectId: 'proj-2' }),
  );
  await world.closeAt('2026-11-01T02:00:00Z');
  return world;
};

export const chargeKey = (
  jobId: string,
  start: string,
  projectId = 'proj-1',
  usageMonth = '2026-10',
): Key => ({
  pk: `PROJECT#${projectId}#${usageMonth}`,
  sk: `CHARGE#${jobId}#${start}`,
});
export const ENDED = chargeKey('ended', '2026-10-29T09:00:00.000Z');
export const CROSSING = chargeKey('crossing', '2026-10-29T12:00:00.000Z');
export const OPEN = chargeKey('crossing', '2026-11-01T00:00:00.000Z', 'proj-1', '2026-11');

/** Changes or deletes one item by hand, past every rule. */
export const edit = async (table: Table, key: Key, change: (item: Item) => Item | undefined) => {
  const item = await table.get(key);
  if (!item) throw new Error(`no item ${key.pk} ${key.sk}`);
  const changed = change(item);
  if (changed) await table.put({ item: changed });
  else await table.delete(key, { kind: 'unchanged', from: { pk: key.pk } });
};

/** The findings of an audit, each in a few words. */
export const inWords = ({ findings }: Awaited<ReturnType<typeof audit>>) =>
  findings.map(({ kind, cause, jobId }) => [kind, cause, jobId].filter(Boolean).join(', ')).sort();
