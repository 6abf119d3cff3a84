import type { Refusal } from '../refusal.ts';
import { answer, type HttpAnswer, refuseTooLarge } from './answers.ts';
import { nextLink } from './formats.ts';
import { invalid } from './parameters.ts';
import type { QueryOf } from './read-queries.ts';

/** More charges than this never fit into one CSV, however short their ids: the most of a page. */
export const MAX_CHARGES = 10_000;

const tooLong = () =>
  invalid(
    'limit',
    'must be stated, or less: this statement is too large for one response, and comes in pages',
  );

/** A CSV download. Refused, by default as a statement, if it is too large for one response. */
export const csvAnswer = (name: string, csv: string, refusal: () => Refusal = tooLong): HttpAnswer => {
  // A colon is not allowed in file names everywhere.
  const fileName = `${name.replaceAll(':', '_')}.csv`;
  const file = answer(200, 'text/csv; charset=utf-8; header=present', csv, {
    'content-disposition': `attachment; filename="${fileName}"`,
  });
  return refuseTooLarge(file, refusal);
};

/** A page of a statement. Without `limit` or `cursor` it has to be the only one. */
export const csvPageAnswer = (
  name: string,
  query: QueryOf<'getStatement'>,
  { csv, next }: { readonly csv: string; readonly next?: string },
): HttpAnswer => {
  const { limit, cursor } = query;
  if (next !== undefined && limit === undefined && cursor === undefined) throw tooLong();
  const { headers, ...page } = csvAnswer(name, csv);
  const isFurther = cursor !== undefined;
  return {
    ...page,
    headers: {
      ...headers,
      ...nextLink(query, next),
      ...(isFurther && { 'content-type': 'text/csv; charset=utf-8; header=absent' }),
    },
  };
};
