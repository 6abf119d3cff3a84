import * as v from 'valibot';
import { eventName, list, openObject } from './members.ts';

const resultsOf = <const Outcomes extends readonly string[]>(outcomes: Outcomes, what: string) =>
  list(
    openObject('The outcome of one event.', {
      id: eventName('The id of the event.'),
      outcome: v.pipe(v.picklist(outcomes), v.description(what)),
    }),
    'One entry for each event, in the order sent.',
  );

const RECORDED = '`recorded`, or `duplicate` if the same event was recorded before.';

export const RecordedEvents = openObject('All events are stored durably.', {
  results: resultsOf(['recorded', 'duplicate'], RECORDED),
});

/** The outcome of each event of a request with a conflict. */
export const ConflictResults = resultsOf(
  ['recorded', 'duplicate', 'conflict'],
  `${RECORDED} \`conflict\`: its identity was recorded before with other content; it is not stored.`,
);
export type ConflictResults = v.InferOutput<typeof ConflictResults>;
