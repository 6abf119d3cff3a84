import type { Usage } from '../../lib/shapes/usage.ts';
import { timeText } from '../calendar.ts';

/** As of when the figures of a large month are. */
export const SnapshotNote = ({ usage, zone }: { readonly usage: Usage; readonly zone: string }) =>
  usage.snapshot ? (
    <p class="hint" role="status">
      As of {timeText(usage.snapshot.takenAt, zone)}
      {usage.snapshot.state === 'being taken' && ', being added up again'}.
    </p>
  ) : null;
