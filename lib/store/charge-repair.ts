import type { Charge } from '../billing/charges.ts';
import type { StoredCharge, Versions } from './charges.ts';
import { toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Condition, Table } from './table.ts';

const isUnchanged = ({ factsSeen }: StoredCharge): Condition => ({
  kind: 'unchanged',
  from: { factsSeen },
});

/** Repairs of stored charges that no settle can replace. Only an audit that heals makes them. */
export const createChargeRepair = (table: Table) => ({
  /** Replaces a charge whose versions are ahead of its log, past the version guard. */
  async overruleCharge(stored: StoredCharge, charge: Charge, versions: Versions): Promise<void> {
    const { pk, sk } = stored;
    await table.put({ item: toItem({ pk, sk }, { ...charge, ...versions }), condition: isUnchanged(stored) });
  },

  /** Whether the charge is stored under the key of its own identity. */
  isInPlace: (stored: StoredCharge): boolean =>
    Number.isFinite(stored.start) && keys.chargeKey(stored).sk === stored.sk,

  /** Deletes an item whose key is not the key of any charge. */
  async discardCharge(stored: StoredCharge): Promise<void> {
    const { pk, sk } = stored;
    await table.delete({ pk, sk }, isUnchanged(stored));
  },
});
