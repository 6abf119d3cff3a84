import { ok } from '../lib/http/answers.ts';
import {
  cursorParameter,
  invalidCursor,
  limitParameter,
  monthParameter,
  toCursor,
} from '../lib/http/parameters.ts';
import { forOperators, readFunction } from '../lib/http/read-function.ts';
import { type LogPosition, readActions } from '../lib/operations/log/read-actions.ts';

const positionOf = (cursor: string | undefined): LogPosition | undefined => {
  const [time = '', id = ''] = cursorParameter(cursor, 2) ?? [];
  if (cursor === undefined) return undefined;
  const at = Date.parse(time);
  if (Number.isNaN(at) || new Date(at).toISOString() !== time) throw invalidCursor();
  return { at, id };
};

/** GET /v1/operations/log: what people have done, latest first, for tokens of all projects. */
export const handler = readFunction(
  'getOperationsLog',
  async (read) => {
    forOperators(read);
    const { context, query } = read;
    const month = query.month === undefined ? undefined : monthParameter(query.month);
    const page = { month, limit: limitParameter(query.limit), before: positionOf(query.cursor) };
    const { next, ...log } = await readActions(context, page);
    return ok({ ...log, ...(next && { next: toCursor([new Date(next.at).toISOString(), next.id]) }) });
  },
  'operations:read',
);
