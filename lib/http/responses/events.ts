import * as v from 'valibot';
import { eventName, object } from './fields.ts';

const resultsOf = <const Outcomes extends readonly string[]>(outcomes: Outcomes, what: string) =>
  v.pipe(
    v.array(
      v.object({
        id: eventName('The id of the event.'),
        outcome: v.pipe(v.picklist(outcomes), v.description(what)),
      }),
    ),
    v.description('One entry for each event, in the order sent.'),
  );

const RECORDED = '`recorded`, or `duplicate` if the same event was there already.';

export const RecordedEvents = object('All events are stored for good.', {
  results: resultsOf(['recorded', 'duplicate'], RECORDED),
});

/** What became of each event of a request with a conflict. */
export const ConflictResults = resultsOf(
  ['recorded', 'duplicate', 'conflict'],
  `${RECORDED} \`conflict\`: its identity was recorded before with other content; it is not stored.`,
);
