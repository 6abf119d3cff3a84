import type { RecordedReport } from '../../lib/operations/record-reported.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { ReportedEvent } from '../../lib/sources/reported-event.ts';
import type { ApiClientOptions } from '../api-client.ts';
import { type Receiver, sendEvents } from '../sender.ts';

const TOO_OLD = /400 days/;

/** Events that are too old for the API are taken by an import into the table. */
const reasonOf = (detail: string): string =>
  TOO_OLD.test(detail) ? `${detail}; without --url the table is written, and any age is taken` : detail;

/** Signs and posts a batch of events through the API. */
export const postBatch =
  (receiver: Receiver, options: ApiClientOptions) =>
  async (batch: readonly ReportedEvent[]): Promise<RecordedReport> => {
    const { results, refusals, stopped } = await sendEvents(receiver, batch, options);
    if (stopped) throw new Refusal(stopped.why.code, stopped.why.message, { errors: stopped.why.errors });
    const count = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).length;
    return {
      ...{ recorded: count('recorded'), duplicates: count('duplicate'), conflicts: count('conflict') },
      refused: refusals.flatMap(({ index, errors }) => {
        const event = batch[index];
        return event ? [{ event, reason: errors.map(({ detail }) => reasonOf(detail)).join('; ') }] : [];
      }),
    };
  };
