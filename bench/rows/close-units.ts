import assert from 'node:assert/strict';
import { openContext } from '../../lib/operations/billing-context.ts';
import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { toAttributes } from '../../lib/store/dynamodb-expressions.ts';
import { createDynamoDbTable } from '../../lib/store/dynamodb-table.ts';
import { createStore } from '../../lib/store/store.ts';
import { type ChargeItems, createChargeItems, MONTH } from '../charge-pages.ts';
import { atMost, type Figure, type Row } from '../figures.ts';
import { itemBytes } from '../item-bytes.ts';
import { allWritesOf, meterClient } from '../meter.ts';
import { openStage } from '../stage.ts';
import { projectIdOf } from '../workload.ts';
import { CLOSED_AT, writeCharges } from '../write-charges.ts';

interface Project {
  readonly projectId: string;
  readonly charges: number;
}

/** Three ids of 16 bytes and two times of 4: what no compression of a billed charge saves. */
const RANDOM_BYTES = 56;

const sizesOf = (charges: number) =>
  [
    { kind: 'many projects', name: 'of projects of 100', projects: charges / 100, charges: 100 },
    { kind: 'one project', name: 'of one project', projects: 1, charges },
  ] as const;

const pause = async () => {};

/** Writes charges to DynamoDB Local and closes their month. Gives what AWS bills for it. */
const closeStored = async (items: ChargeItems, projects: readonly Project[], name: string) => {
  const stage = await openStage(`bench-close-${name.replaceAll(' ', '-')}`, { hasStream: false });
  const table = createDynamoDbTable(stage.client, stage.tableName, pause);
  let bytes = 0;
  for (const project of projects)
    await writeCharges(table, items, project, (written) => {
      for (const item of written) bytes += itemBytes(toAttributes(item));
    });
  const meter = meterClient(stage.client);
  let ids = 0;
  const context = openContext(
    createStore(createDynamoDbTable(meter.client, stage.tableName, pause)),
    { timeZone: 'UTC', currency: 'EUR', since: MONTH },
    {
      now: () => CLOSED_AT,
      pause,
      newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    },
  );
  const closed = await closeMonths(context, { month: MONTH });
  assert.deepEqual(closed, [{ month: MONTH, statements: projects.length }]);
  return { bytes, bill: meter.takeBill() };
};

/** Units of a close a charge, none of them open. They do not depend on the number of charges. */
export const row: Row = async ({ quick, onProgress }) => {
  const items = await createChargeItems();
  const figures: Figure[] = [];
  for (const { kind, name, ...size } of sizesOf(quick ? 2_000 : 10_000)) {
    onProgress(name);
    const projects = Array.from({ length: size.projects }, (_, index) => ({
      projectId: projectIdOf(index),
      charges: size.charges,
    }));
    const charges = size.projects * size.charges;
    const { bytes, bill } = await closeStored(items, projects, name);
    const { billed, statement, index } = bill.writes;
    figures.push(
      {
        what: `write units of a close per charge, ${name}`,
        name: `close write units a charge, ${kind}`,
        unit: 'units',
        measured: allWritesOf(bill) / charges,
        floor: RANDOM_BYTES / 1_024,
        limit: atMost(0.15),
        note: `${charges} charges; billed charges ${billed}, statements ${statement}, indexes ${index}`,
      },
      {
        what: `read units of a close per charge, ${name}`,
        name: `close read units a charge, ${kind}`,
        unit: 'units',
        measured: bill.reads / charges,
        floor: bytes / 4_096 / charges,
        limit: atMost(0.3),
        note: `${Math.round(bytes / charges)} bytes a charge`,
      },
    );
  }
  return figures;
};
