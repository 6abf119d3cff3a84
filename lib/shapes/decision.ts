import * as v from 'valibot';
import { text } from './fields.ts';
import { digest, openObject } from './members.ts';

/** The body of a decision about a draft. */
export const Decision = v.pipe(
  openObject('A decision about a draft.', {
    decision: v.pipe(
      v.picklist(['approve', 'hold'], 'must be approve or hold'),
      v.description('`approve` issues the statement; `hold` keeps it back, and its month open.'),
    ),
    digest: digest('The digest of the draft, as read: of any other it is a conflict.'),
    reason: v.exactOptional(
      v.pipe(
        text(/^[^\p{C}]{1,500}$/u, 'must be 1 to 500 printable characters'),
        v.description('Why. Required to hold.'),
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ decision, reason }) => decision === 'approve' || reason !== undefined,
      'must say why the statement is held back',
    ),
    ['reason'],
  ),
  v.description('A decision about a draft.'),
);
