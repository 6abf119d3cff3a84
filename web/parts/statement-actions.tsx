import { useState } from 'preact/hooks';
import { type Api, Problem, paths } from '../api.ts';
import { useApi } from '../use-answer.ts';

const MEDIA_TYPES = { csv: 'text/csv', json: 'application/json' } as const;
type Format = keyof typeof MEDIA_TYPES;

interface StatementId {
  readonly projectId: string;
  readonly month: string;
}

const save = (content: Blob, name: string) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

const download = async (api: Api, { projectId, month }: StatementId, format: Format) => {
  const path = paths.statement(projectId, month, format === 'csv' ? 'csv' : undefined);
  save(
    await api.download(path, MEDIA_TYPES[format], new AbortController().signal),
    `statement-${projectId}-${month}.${format}`,
  );
};

/** Print and download a statement. */
export const StatementActions = ({ statement }: { readonly statement: StatementId }) => {
  const api = useApi();
  const [problem, setProblem] = useState<string>();
  const get = (format: Format) => async () => {
    setProblem(undefined);
    try {
      await download(api, statement, format);
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <div class="actions">
      <button type="button" onClick={() => print()}>
        Print
      </button>
      <button type="button" onClick={get('csv')}>
        Download CSV
      </button>
      <button type="button" onClick={get('json')}>
        Download JSON
      </button>
      {problem !== undefined && (
        <p class="callout danger" role="alert">
          Could not be downloaded: {problem}
        </p>
      )}
    </div>
  );
};
