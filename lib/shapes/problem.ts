import * as v from 'valibot';
import { ConflictResults } from './events.ts';
import { list, onlyTrue, openObject, words } from './members.ts';

/** The errors of an input. */
export const InputErrors = list(
  openObject('One error.', {
    pointer: words(
      'A JSON pointer into the body (in binary mode, into the event that the headers carry), or the name of a parameter.',
    ),
    detail: words('The field and the rule that it breaks, as a sentence.'),
  }),
  'The first 100 errors, in the order of the events.',
);

export const MoreErrors = v.exactOptional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description('Number of errors besides those in `errors`. Absent if all are listed.'),
  ),
);

/** The members of this kind of problem only. */
const extrasOf = (code: string): v.ObjectEntries => {
  if (code === 'invalid') return { errors: InputErrors, moreErrors: MoreErrors };
  if (code === 'conflict')
    return {
      results: v.exactOptional(ConflictResults),
      digest: v.exactOptional(words('Of a decision about a draft: the digest that the draft has by now.')),
      statementId: v.exactOptional(
        words('Of a preview or a decision: the id of the statement that is issued.'),
      ),
    };
  if (code === 'unavailable')
    return {
      beingComputed: v.exactOptional(
        onlyTrue('The charges of the month are being added up: it is worth another try in ten seconds.'),
      ),
    };
  if (code === 'internal')
    return { requestId: words('The id of the request in the log, to quote to support.') };
  return {};
};

/** Problem details (RFC 9457) of one kind. */
export const problemSchema = (
  code: string,
  { status, title }: { readonly status: number; readonly title: string },
) =>
  openObject(`Problem details (RFC 9457): ${title.toLowerCase()}.`, {
    type: v.pipe(v.literal(`urn:jobmeter:problem:${code}`), v.description('The kind of problem.')),
    title: v.pipe(v.literal(title), v.description('The kind of problem as text.')),
    status: v.pipe(v.literal(status), v.description('The HTTP status.')),
    detail: words('The problem of this request.'),
    ...extrasOf(code),
  });
