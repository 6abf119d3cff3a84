import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Put, Table } from './table.ts';

/** A person, or a program in the name of one. */
export interface Actor {
  /** The subject of a token; an IAM identity; the user of the machine of a local stack. */
  readonly kind: 'token' | 'iam' | 'local';
  readonly id: string;
}

/** An action of a person. It is written once and never changed. */
export interface LoggedAction {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: Actor;
  /** What was done, by its name. */
  readonly action: string;
  readonly projectId?: string;
  /** What it was done to: a budget, a month, an endpoint, a tariff, a file. */
  readonly target: string;
  /** One line for people, without secrets. */
  readonly detail?: string;
}

/** The write of an action, to be one of a transaction. */
export const actionPut = (action: LoggedAction): Put => ({
  item: toItem(keys.actionKey(action.at, action.id), action),
  condition: { kind: 'absent' },
});

/** The log of what people have done. It only grows. */
export const createActionLog = (table: Table) => ({
  async logAction(action: LoggedAction): Promise<void> {
    await table.put(actionPut(action));
  },

  /** The actions of a month of UTC, latest first; those before one of them, where it is given. */
  loggedActions: (month: string, before?: Pick<LoggedAction, 'at' | 'id'>): AsyncIterable<LoggedAction> =>
    mapItems(
      table.query(keys.actionPartition(month), {
        backwards: true,
        ...(before && { after: keys.actionKey(before.at, before.id).sk }),
      }),
      fromItem<LoggedAction>,
    ),
});
