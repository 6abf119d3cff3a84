import type { Charge } from '../../billing/charges.ts';
import type { BillingContext } from '../billing-context.ts';
import { forEachPartition } from '../walk-table.ts';

/** Visits every stored charge of the table, each at least once. Reads the whole table. */
export const forEachCharge = async (
  { store }: Pick<BillingContext, 'store'>,
  visit: (charge: Charge) => void,
  onProgress: (progress: { readonly usageMonths: number }) => void = () => {},
): Promise<void> => {
  const seen = new Set<string>();
  await forEachPartition(store, async ({ partition }) => {
    if (partition.kind !== 'usage') return;
    const { projectId, usageMonth } = partition.projectMonth;
    for await (const page of store.chargePages(partition.projectMonth)) page.forEach(visit);
    seen.add(`${projectId}#${usageMonth}`);
    onProgress({ usageMonths: seen.size });
  });
};
