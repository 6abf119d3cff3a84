import { invalid } from './parameters.ts';

const PAGE = ['limit', 'cursor'] as const;

/** The query parameters of each read, by its operation in OpenAPI. */
export const READ_QUERIES = {
  getProjects: ['month', 'totals', ...PAGE],
  getUsage: ['month', 'groupBy'],
  getProjectJobs: ['month', 'sort', 'order', 'q', 'label', 'status', 'flavor', 'format', ...PAGE],
  getJob: [],
  getStatements: [],
  getStatement: ['format', 'rows', 'preview', ...PAGE],
  getStatementCharges: ['format', ...PAGE],
  getReconciliation: [],
  getExport: ['from', 'to', 'format'],
  getBudgets: [],
  getBudget: [],
  getOperations: [],
  getOperationsLog: ['month', ...PAGE],
} as const;

export type ReadName = keyof typeof READ_QUERIES;

/** The query of a read: it has no parameter besides its own. */
export type QueryOf<Name extends ReadName> = Readonly<
  Partial<Record<(typeof READ_QUERIES)[Name][number], string>>
>;

type SentQuery = Readonly<Record<string, string | undefined>>;

/** A refusal that names the first parameter that is not known. */
export const refuseUnknown = (sent: SentQuery, known: readonly string[] = []): void => {
  const unknown = Object.keys(sent).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalid(unknown, `is unknown: this call takes ${known.join(', ') || 'no parameters'}`);
};

/** The query as it is sent, or a refusal that names the first unknown parameter. */
export const queryOf = <Name extends ReadName>(read: Name, sent: SentQuery): QueryOf<Name> => {
  refuseUnknown(sent, READ_QUERIES[read]);
  return sent as QueryOf<Name>;
};
