import assert from 'node:assert/strict';
import { type BillingContext, openContext } from '../lib/operations/billing-context.ts';
import { CHARGES, changedMonthKey, usagePartition } from '../lib/store/keys.ts';
import { createStore } from '../lib/store/store.ts';
import type { Table } from '../lib/store/table.ts';
import { MONTH, type ProjectPages } from './charge-pages.ts';

/**
 * Reads come from memory page by page, with the mark of each project; there are no billed charges,
 * and writes are dropped.
 */
const createPagedTable = (projects: readonly ProjectPages[]): Table => {
  const partitions = new Map(
    projects.map(({ projectId, pages }) => [usagePartition(projectId, MONTH), pages]),
  );
  const marks = new Map(
    projects.map(({ projectId }) => {
      const key = changedMonthKey(MONTH, projectId, MONTH);
      return [`${key.pk} ${projectId}#`, { ...key, projectId, usageMonth: MONTH }];
    }),
  );
  return {
    get: async () => undefined,
    async *query(pk, { prefix, after, limit } = {}) {
      assert(after === undefined && limit === undefined, 'pages are read whole');
      if (prefix === CHARGES) yield* partitions.get(pk) ?? [];
      const mark = marks.get(`${pk} ${prefix}`);
      if (mark) yield [mark];
    },
    scan: () => assert.fail('a close scans nothing'),
    put: async () => ({ written: true }),
    putTogether: async () => ({ written: true }),
    putEach: async () => {},
    delete: () => assert.fail('a close deletes nothing'),
  };
};

/** A billing context on the pages, dated the second of the following month. */
export const openPagedContext = (projects: readonly ProjectPages[]): BillingContext => {
  let ids = 0;
  return openContext(
    createStore(createPagedTable(projects)),
    { timeZone: 'UTC', currency: 'EUR', since: MONTH },
    {
      now: () => Date.parse('2026-10-02T02:00:00Z'),
      pause: async () => {},
      newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    },
  );
};
