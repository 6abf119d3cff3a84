import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** The settings of the first use of the table. They never change. */
export interface Settings {
  readonly timeZone: string;
  readonly currency: string;
  /** The month of first use. */
  readonly since: string;
}

export const createSettings = (table: Table) => ({
  async readSettings(): Promise<Settings | undefined> {
    const item = await table.get(keys.SETTINGS_KEY);
    return item && fromItem<Settings>(item);
  },

  /** The settings in force: `settings` on first use, otherwise the stored ones. */
  async agreeOnSettings(settings: Settings): Promise<Settings> {
    const stored = await table.get(keys.SETTINGS_KEY);
    if (stored) return fromItem<Settings>(stored);
    const outcome = await table.put({
      item: toItem(keys.SETTINGS_KEY, settings),
      condition: { kind: 'absent' },
    });
    if (outcome.written) return settings;
    return outcome.existing ? fromItem<Settings>(outcome.existing) : settings;
  },
});
