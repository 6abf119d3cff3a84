import { createChargeItems } from '../../../bench/charge-pages.ts';
import { projectIdOf } from '../../../bench/workload.ts';
import { writeCharges } from '../../../bench/write-charges.ts';
import type { FinalCharge } from '../../../lib/billing/charges.ts';
import type { Item, Table } from '../../../lib/store/table.ts';
import { createExpected, type ExpectedStatement } from './expected.ts';

export interface MonthSize {
  readonly charges: number;
  readonly projects: number;
}

/** Charges of a project: as many as of any other, give or take one. */
const chargesOf = ({ charges, projects }: MonthSize, project: number): number =>
  Math.floor(charges / projects) + Number(project < charges % projects);

/** Writes a month of charges, and gives the statements that they add up to, by project. */
export const seedMonth = async (
  table: Table,
  size: MonthSize,
  onProgress: (written: number) => void = () => {},
): Promise<ReadonlyMap<string, ExpectedStatement>> => {
  const items = await createChargeItems();
  const statements = new Map<string, ExpectedStatement>();
  let written = 0;
  for (let project = 0; project < size.projects; project += 1) {
    const projectId = projectIdOf(project);
    const expected = createExpected();
    const add = (batch: readonly Item[]) => {
      for (const item of batch) expected.add(item as unknown as FinalCharge);
      written += batch.length;
      onProgress(written);
    };
    await writeCharges(table, items, { projectId, charges: chargesOf(size, project) }, add);
    statements.set(projectId, expected.result());
  }
  return statements;
};
