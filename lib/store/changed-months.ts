import { fromItem, mapItems, toItem } from './items.ts';
import type { ProjectMonth } from './keys.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** Changed-month marks, by the month they are written in. */
export const createChangedMonths = (table: Table) => ({
  /** Marks a usage month as changed until `expiresAt` (epoch seconds). */
  async markChanged(
    month: string,
    { projectId, usageMonth }: ProjectMonth,
    expiresAt: number,
  ): Promise<void> {
    await table.put({
      item: toItem(keys.changedMonthKey(month, projectId, usageMonth), { projectId, usageMonth, expiresAt }),
    });
  },

  /**
   * Marks written in `month`, by project and usage month, of the projects after `afterProjectId`.
   */
  changedMonths: (month: string, shard: number, afterProjectId?: string): AsyncIterable<ProjectMonth> =>
    mapItems(
      table.query(keys.changedMonthPartition(month, shard), {
        ...(afterProjectId !== undefined && { after: `${afterProjectId}#~` }),
      }),
      fromItem<ProjectMonth>,
    ),

  changedMonthsOf: (month: string, projectId: string): AsyncIterable<ProjectMonth> =>
    mapItems(
      table.query(keys.changedMonthPartition(month, keys.shardOf(projectId)), { prefix: `${projectId}#` }),
      fromItem<ProjectMonth>,
    ),
});
