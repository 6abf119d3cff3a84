import { counted } from './text.tsx';

/** How many projects were read while the totals of others are still added up. */
export const TotalsProgress = ({ readSoFar }: { readonly readSoFar: number }) =>
  readSoFar === 0 ? null : (
    <p class="hint" role="status">
      {counted(readSoFar, 'project')} read so far…
    </p>
  );
