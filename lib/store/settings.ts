import { fromItem, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Table } from './table.ts';

/** What the table was first used with; it never changes. */
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

  /** The settings in force: `settings` on first use, otherwise what was stored then. */
  async agreeOnSettings(settings: Settings): Promise<Settings> {
    const known = await table.get(keys.SETTINGS_KEY);
    if (known) return fromItem<Settings>(known);
    const outcome = await table.put({
      item: toItem(keys.SETTINGS_KEY, settings),
      condition: { kind: 'absent' },
    });
    if (outcome.written) return settings;
    return outcome.existing ? fromItem<Settings>(outcome.existing) : settings;
  },
});
