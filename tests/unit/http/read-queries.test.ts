import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../lib/http/openapi/document.ts';
import { queryOf, READ_QUERIES, type ReadName } from '../../../lib/http/read-queries.ts';
import { refusalOf } from './refused.ts';

const READS = Object.keys(READ_QUERIES) as ReadName[];

describe('the parameters of a read', () => {
  test('are those that OpenAPI lists, of every operation with a token', () => {
    const listed = Object.values(openApiDocument().paths).flatMap(({ get }) => {
      if (!get || get.security.length === 0) return [];
      const names = (get.parameters ?? []).filter((parameter) => parameter.in === 'query');
      return [[get.operationId, names.map(({ name }) => name).sort()]];
    });
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(READS.map((read) => [read, [...READ_QUERIES[read]].sort()])),
    );
  });

  test.each(READS)('of %s are taken, and any other is refused by its name', async (read) => {
    const sent = Object.fromEntries(READ_QUERIES[read].map((name) => [name, 'x']));
    expect(queryOf(read, sent)).toEqual(sent);
    for (const name of ['statuss', 'Month', 'toString', '__proto__', '']) {
      const query = Object.fromEntries([...Object.entries(sent), [name, 'x']]);
      const refusal = await refusalOf(() => queryOf(read, query));
      expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer: name }] });
      expect(refusal.message).toContain(READ_QUERIES[read].join(', '));
    }
  });

  test('without a name are said to be so', async () => {
    const refusal = await refusalOf(() => queryOf('getUsage', Object.fromEntries([['', '1']])));
    expect(refusal.message).toBe('the parameter without a name is unknown: this call takes month, groupBy');
  });
});
