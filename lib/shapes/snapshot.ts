import * as v from 'valibot';
import { object, time, total } from './members.ts';

export const SnapshotView = object('The copy of a large month that the answer is from.', {
  takenAt: time('When its charges were read: running jobs count up to then'),
  charges: total('Charges in it.'),
  state: v.pipe(
    v.picklist(['current', 'being taken']),
    v.description('Whether a newer one is due: it is taken within minutes.'),
  ),
});
export type SnapshotView = v.InferOutput<typeof SnapshotView>;
