import { Downloads, statementFiles } from './downloads.tsx';

/** Print a statement, and download it. */
export const StatementActions = ({
  statement: { projectId, month },
}: {
  readonly statement: { readonly projectId: string; readonly month: string };
}) => (
  <div class="actions">
    <button type="button" class="small" onClick={() => print()}>
      Print
    </button>
    <Downloads title="Download" files={statementFiles(projectId, month)} />
  </div>
);
