import * as v from 'valibot';
import { ConflictResults } from './events.ts';
import { list, openObject, words } from './members.ts';

/** What is wrong with an input. */
export const InputErrors = list(
  openObject('One thing that is wrong.', {
    pointer: words(
      'Where: a JSON pointer into the body (in binary mode, into the event the headers stand for), or the name of a parameter.',
    ),
    detail: words('Which rule it breaks.'),
  }),
  'What is wrong: the first 100 errors, in the order of the events.',
);

export const MoreErrors = v.exactOptional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description('How many errors there are besides those in `errors`. Absent where all are listed.'),
  ),
);

/** The members that only this kind of problem has. */
const extrasOf = (code: string): v.ObjectEntries => {
  if (code === 'invalid') return { errors: InputErrors, moreErrors: MoreErrors };
  if (code === 'conflict') return { results: ConflictResults };
  if (code === 'internal') return { requestId: words('What to quote when asking about it.') };
  return {};
};

/** Problem details (RFC 9457) of one kind. */
export const problemSchema = (
  code: string,
  { status, title }: { readonly status: number; readonly title: string },
) =>
  openObject(`Problem details (RFC 9457): ${title.toLowerCase()}.`, {
    type: v.pipe(v.literal(`urn:jobmeter:problem:${code}`), v.description('The kind of problem.')),
    title: v.pipe(v.literal(title), v.description('The kind of problem, for people.')),
    status: v.pipe(v.literal(status), v.description('The HTTP status.')),
    detail: words('What is wrong with this request.'),
    ...extrasOf(code),
  });
