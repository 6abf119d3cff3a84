import { expect, test } from 'vitest';
import type { Item } from '../../../lib/store/table.ts';
import { identityOf } from '../../../simulation/compare.ts';
import { check, type Outcome, readStatements } from '../../load/check.ts';
import { createWorld, status } from '../operations/world.ts';

const FACTS = [
  status('job-1', 'RUNNING', '2026-10-01T08:00:00Z'),
  status('job-1', 'DONE', '2026-10-01T09:00:00Z'),
  status('job-2', 'RUNNING', '2026-10-31T23:00:00Z'),
  status('job-2', 'DONE', '2026-11-01T01:00:00Z'),
];

/** October closed and all settled, before anybody spoils it. */
const atRest = async () => {
  const world = await createWorld({ now: '2026-11-02T00:00:00Z' });
  await world.tell(...FACTS);
  await world.close();
  const outcome: Outcome = {
    ...{ table: world.table, sent: FACTS, lastClosedMonth: '2026-10' },
    accepted: new Map(FACTS.map((fact) => [identityOf(fact), fact])),
    statements: await readStatements(world.table),
  };
  const [charge] = await world.items('CHARGE#');
  const [statement] = await world.items('STATEMENT');
  const [fact] = await world.items('EVENT#');
  return { outcome, item: { charge, statement, fact }, table: world.table };
};

const figures = async (outcome: Outcome) =>
  Object.fromEntries(Object.entries(await check(outcome)).map(([what, found]) => [what, found.length]));

const RIGHT = { lostEvents: 0, wrongCharges: 0, wrongLines: 0, changedStatements: 0 };

test('a correct run has no findings', async () => {
  expect(await figures((await atRest()).outcome)).toEqual(RIGHT);
});

test('an accepted event that is not in the log is lost', async () => {
  const { outcome, item, table } = await atRest();
  const { pk, sk, id } = item.fact as Item;
  await table.delete({ pk, sk }, { kind: 'unchanged', from: { id } });
  expect(await figures(outcome)).toMatchObject({ lostEvents: 1 });
});

test('an event in the log that was never sent is found', async () => {
  const { outcome } = await atRest();
  expect(await figures({ ...outcome, sent: FACTS.slice(1), accepted: new Map() })).toMatchObject({
    lostEvents: 1,
  });
});

test('a charge of another length is wrong', async () => {
  const { outcome, item, table } = await atRest();
  await table.put({ item: { ...(item.charge as Item), minutes: 59 } });
  expect(await figures(outcome)).toEqual({ ...RIGHT, wrongCharges: 1 });
});

test('a statement with another cent is wrong, and changed', async () => {
  const { outcome, item, table } = await atRest();
  const statement = item.statement as Item & { lines: [{ amount: string }] };
  const lines = statement.lines.map((line) => ({ ...line, amount: '7.73' }));
  await table.put({ item: { ...statement, lines } as unknown as Item });
  // The line, and the total that is not its sum.
  expect(await figures(outcome)).toEqual({ ...RIGHT, wrongLines: 2, changedStatements: 1 });
});
