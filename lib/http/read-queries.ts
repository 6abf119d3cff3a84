import { invalid } from './parameters.ts';

const PAGE = ['limit', 'cursor'] as const;

/** The query parameters of each read, by its operation in OpenAPI. */
export const READ_QUERIES = {
  getProjects: ['month', 'totals', ...PAGE],
  getUsage: ['month', 'groupBy'],
  getProjectJobs: ['month', 'sort', 'order', 'q', 'label', 'status', 'flavor', 'format', ...PAGE],
  getJob: [],
  getStatements: [],
  getStatement: ['format', 'rows'],
  getStatementCharges: ['format', ...PAGE],
  getReconciliation: [],
  getExport: ['from', 'to', 'format'],
  getOperations: [],
  getOperationsLog: ['month', ...PAGE],
} as const;

export type ReadName = keyof typeof READ_QUERIES;

/** The query of a read: it has no parameter besides its own. */
export type QueryOf<Name extends ReadName> = Readonly<
  Partial<Record<(typeof READ_QUERIES)[Name][number], string>>
>;

/** The query as it is sent, or a refusal that names the first unknown parameter. */
export const queryOf = <Name extends ReadName>(
  read: Name,
  sent: Readonly<Record<string, string | undefined>>,
): QueryOf<Name> => {
  const known: readonly string[] = READ_QUERIES[read];
  const unknown = Object.keys(sent).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalid(
      unknown,
      known.length === 0
        ? 'is unknown: this read takes no parameters'
        : `is unknown: this read takes ${known.join(', ')}`,
    );
  return sent as QueryOf<Name>;
};
