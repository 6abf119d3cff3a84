import type { Parameter, Response } from './types.ts';

export const IF_NONE_MATCH: Parameter = {
  name: 'if-none-match',
  in: 'header',
  description: 'The `etag` of an answer that the caller has kept.',
  schema: { type: 'string' },
};

const header = (description: string) => ({ description, required: true, schema: { type: 'string' } });

/** Headers of an answer that may be kept. */
export const KEPT_HEADERS = {
  etag: header('Identifies the content.'),
  'cache-control': header(
    '`private, max-age=86400, immutable`: it never changes, and the reader may keep it, for requests with the same token. `private, no-cache` for what can change: charges as JSON, whose `retractions` may grow, and FOCUS CSV with a row per charge, which says the latest status of each job; the comparison with the bill of the provider, which the next one replaces.',
  ),
} satisfies Response['headers'];

export const NOT_MODIFIED: Response = {
  description: 'Not modified: the tag matches `if-none-match`.',
};
