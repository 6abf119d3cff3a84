import type { Actor } from '../../store/action-log.ts';
import type { BillingContext } from '../billing-context.ts';
import { logged, type Subject } from '../log/logged.ts';
import type { ImportedEvents } from './import-events.ts';

const countsOf = ({ recorded, known, conflicts, refused }: ImportedEvents): string =>
  `${recorded} events recorded, ${known} known already, ${conflicts} in conflict, ` +
  `${refused.reduce((sum, { count }) => sum + count, 0)} refused`;

/**
 * An import in the name of a person, between two entries in the log of actions: one that is killed
 * has no end.
 */
export const loggedImport = async (
  context: Pick<BillingContext, 'store' | 'now' | 'newId'>,
  by: Actor,
  subject: Subject,
  importAll: () => Promise<ImportedEvents>,
): Promise<ImportedEvents> => {
  await context.store.logAction(logged(context, by, 'import.begun', subject));
  const imported = await importAll();
  const detail = countsOf(imported);
  await context.store.logAction(logged(context, by, 'import.ended', { ...subject, detail }));
  return imported;
};
