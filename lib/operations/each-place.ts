import type { Place } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** Parts of the table that are walked side by side. */
export const SEGMENTS = 8;

/** Visits every job and every project month of the table, each at least once, several at a time. */
export const eachPlace = async (store: Store, visit: (place: Place) => unknown): Promise<void> => {
  await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, index) => {
      for await (const { place } of store.scanPlaces({ segment: { index, of: SEGMENTS } }))
        await visit(place);
    }),
  );
};
