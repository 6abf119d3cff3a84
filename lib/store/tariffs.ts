import type { Tariff } from '../billing/tariff.ts';
import { actionPut, type LoggedAction } from './action-log.ts';
import { fromItem, mapItems, toItem } from './items.ts';
import * as keys from './keys.ts';
import type { Condition, Item, Put, SegmentProgress, Table } from './table.ts';

/** A tariff in force whose jobs are not all settled yet. */
export interface Publication extends Pick<Tariff, 'effectiveFrom' | 'revision'> {
  readonly startedAt: number;
  /** End of the lease of the process that works on it. */
  readonly leaseUntil: number;
  readonly segments: readonly SegmentProgress[];
  readonly jobsSettled: number;
  readonly jobsParked: number;
}

const publicationItem = (publication: Publication): Item =>
  toItem(keys.publicationKey(publication.effectiveFrom, publication.revision), publication);

const isUnderWay = ({ startedAt }: Publication): Condition => ({
  kind: 'unchanged',
  from: { startedAt },
});

/** Tariffs by start and revision, and the publications that still settle jobs under a new one. */
export const createTariffs = (table: Table) => {
  const writeTogether = async (puts: readonly Put[]) => (await table.putTogether(puts)).written;
  return {
    readTariffs: (): Promise<Tariff[]> =>
      Array.fromAsync(mapItems(table.query(keys.TARIFFS), fromItem<Tariff>)),

    /**
     * Publishes a tariff and begins its publication, where given, with an entry in the log of actions;
     * false if the revision exists.
     */
    async publishTariff(tariff: Tariff, publication?: Publication, action?: LoggedAction): Promise<boolean> {
      const item = toItem(keys.tariffKey(tariff.effectiveFrom, tariff.revision), tariff);
      return writeTogether([
        { item, condition: { kind: 'absent' } },
        ...(publication ? [{ item: publicationItem(publication) }] : []),
        ...(action ? [actionPut(action)] : []),
      ]);
    },

    /** Begins the publication of a published tariff; false if it is under way. */
    async beginPublication(publication: Publication, action?: LoggedAction): Promise<boolean> {
      return writeTogether([
        { item: publicationItem(publication), condition: { kind: 'absent' } },
        ...(action ? [actionPut(action)] : []),
      ]);
    },

    /** Publications that are not finished, by the start of their tariffs. */
    readPublications: (): Promise<Publication[]> =>
      Array.fromAsync(mapItems(table.query(keys.PUBLICATIONS), fromItem<Publication>)),

    /** Saves progress; false if the publication is finished. A late save cannot restore it. */
    async savePublication(publication: Publication): Promise<boolean> {
      const item = publicationItem(publication);
      return (await table.put({ item, condition: isUnderWay(publication) })).written;
    },

    async finishPublication(publication: Publication): Promise<void> {
      await table.delete(publicationItem(publication), isUnderWay(publication));
    },
  };
};
