import { readExportConfig } from '../lib/config.ts';
import { EXPORT_FORMATS, exportPages } from '../lib/export/export-file.ts';
import { fileAnswer, monthsParameter, upToLimit } from '../lib/http/export-answer.ts';
import { wordParameter } from '../lib/http/parameters.ts';
import { readFunction, visibleProject } from '../lib/http/read-function.ts';
import { readJobStatuses } from '../lib/operations/reads/job-statuses.ts';
import { refuseUnknown, statementsOf } from '../lib/operations/reads/read-statements.ts';

const parties = readExportConfig();

/** GET /v1/projects/{projectId}/export: billed charges of several months as one file. */
export const handler = readFunction('getExport', async (read) => {
  const projectId = visibleProject(read);
  const { query } = read;
  const range = monthsParameter(query);
  const { mediaType, extension, write } =
    EXPORT_FORMATS[wordParameter('format', query.format, ['csv', 'focus', 'parquet'])];
  await refuseUnknown(read.context, projectId);
  const statements = upToLimit(statementsOf(read.context, [projectId], range));
  const readStatuses = readJobStatuses.bind(undefined, read.context);
  return fileAnswer(
    `charges-${projectId}-${range.from}-${range.to}.${extension}`,
    mediaType,
    write(exportPages(statements, readStatuses), parties),
  );
});
