import type { Deliveries } from '../lib/operations/deliver/read-deliveries.ts';
import { isoTime } from '../lib/operations/public-shapes.ts';
import type { DeliveryAttempt, FailingDelivery } from '../lib/store/endpoints.ts';
import { listTable } from './list.ts';
import { counted, green, red } from './output.ts';

export const failingView = ({
  topic,
  since,
  nextAttemptAt,
  parkedAt,
  version: _,
  ...one
}: FailingDelivery) => ({
  ...one,
  topic,
  since: isoTime(since),
  nextAttemptAt: isoTime(nextAttemptAt),
  ...(parkedAt !== undefined && { parkedAt: isoTime(parkedAt) }),
});

export const deliveriesView = ({ failing, attempts }: Deliveries) => ({
  failing: failing.map(failingView),
  attempts: attempts.map(({ at, ...attempt }) => ({ at: isoTime(at), ...attempt })),
});

const outcomeOf = ({ status, error }: DeliveryAttempt): string =>
  error === undefined ? green(`delivered, ${status ?? 'done'}`) : red(error);

const showFailing = (failing: readonly FailingDelivery[]): string[] => [
  `${counted(failing.length, 'topic')} not delivered:`,
  listTable(
    [
      { title: 'endpoint', text: ({ endpointId }) => endpointId },
      { title: 'next event', text: ({ eventId }) => eventId },
      { title: 'since', text: ({ since }) => isoTime(since) },
      { title: 'attempts', align: 'right', text: ({ attempts }) => String(attempts) },
      {
        title: 'next attempt',
        text: ({ parkedAt, nextAttemptAt }) =>
          parkedAt === undefined ? isoTime(nextAttemptAt) : 'parked: one an hour',
      },
      { title: 'why', text: ({ error }) => error },
    ],
    failing,
  ),
  '',
];

/** What waits, and what was tried. */
export const showDeliveries = ({ failing, attempts }: Deliveries): string =>
  [
    ...(failing.length > 0 ? showFailing(failing) : []),
    attempts.length === 0
      ? 'no such attempts in the last 30 days, to endpoints that are not removed'
      : listTable(
          [
            { title: 'at', text: ({ at }) => isoTime(at) },
            { title: 'endpoint', text: ({ endpointId }) => endpointId },
            { title: 'type', text: ({ type }) => type },
            { title: 'subject', text: ({ subject }) => subject },
            { title: 'ms', align: 'right', text: ({ tookMs }) => String(tookMs) },
            { title: 'outcome', text: outcomeOf },
          ],
          attempts,
        ),
  ].join('\n');
