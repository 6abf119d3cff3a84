import { useState } from 'preact/hooks';
import { Problem, paths } from '../api.ts';
import { useApi } from '../use-answer.ts';
import { saveFile } from './save-file.ts';

/** An answer of the API as a file. */
export interface ApiFile {
  /** What the button says. */
  readonly label: string;
  readonly path: string;
  readonly mediaType: string;
  readonly name: string;
}

/** The formats of a statement. */
const STATEMENT_FORMATS = [
  { label: 'PDF', format: 'pdf', mediaType: 'application/pdf' },
  { label: 'HTML', format: 'html', mediaType: 'text/html' },
  { label: 'CSV (FOCUS)', format: 'csv', mediaType: 'text/csv' },
  { label: 'JSON', format: 'json', mediaType: 'application/json' },
] as const;

/** A statement as files. */
export const statementFiles = (projectId: string, month: string): ApiFile[] =>
  STATEMENT_FORMATS.map(({ label, format, mediaType }) => ({
    label,
    path: paths.statement(projectId, month, format),
    mediaType,
    name: `statement-${projectId}-${month}.${format}`,
  }));

/** Buttons that save answers of the API as files; a refusal is shown below them. */
export const Downloads = ({
  title,
  files,
}: {
  readonly title: string;
  readonly files: readonly ApiFile[];
}) => {
  const api = useApi();
  const [problem, setProblem] = useState<string>();
  const get = async ({ path, mediaType, name }: ApiFile) => {
    setProblem(undefined);
    try {
      saveFile(await api.download(path, mediaType, new AbortController().signal), name);
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <fieldset class="actions">
      <legend class="visually-hidden">{title}</legend>
      <span class="hint" aria-hidden="true">
        {title}
      </span>
      {files.map((file) => (
        <button key={file.label} type="button" class="small" onClick={() => get(file)}>
          {file.label}
        </button>
      ))}
      {problem !== undefined && (
        <p class="callout danger" role="alert">
          Could not be downloaded: {problem}
        </p>
      )}
    </fieldset>
  );
};
