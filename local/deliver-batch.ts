import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import * as v from 'valibot';

interface Delivery {
  readonly invoke: (event: DynamoDBStreamEvent) => Promise<unknown>;
  readonly settings: {
    readonly bisectBatchOnFunctionError: boolean;
    readonly maximumRecordAgeInSeconds: number;
  };
  readonly stats: { handled: number; failedInvocations: number; givenUp: number };
  readonly onLog: (line: string) => void;
  /** Time since the first attempt. */
  readonly ageMs: () => number;
  /** Waits after a number of consecutive failures. */
  readonly pause: (failures: number) => Promise<void>;
  readonly stopped: () => boolean;
}

/**
 * Response for `ReportBatchItemFailures`: none and an empty list mean success, anything else is an
 * error.
 */
const AnswerSchema = v.nullish(
  v.object({ batchItemFailures: v.nullish(v.array(v.object({ itemIdentifier: v.string() }))) }),
);

/**
 * Number of leading records handled, and the problem of the next one. An identifier that is not in
 * the batch fails the whole batch, as on Lambda.
 */
const attempt = async (
  records: readonly DynamoDBRecord[],
  invoke: Delivery['invoke'],
): Promise<{ handled: number; problem: string }> => {
  try {
    const answer = v.parse(AnswerSchema, await invoke({ Records: [...records] }));
    const failed = (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
      records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
    );
    return {
      handled: Math.max(0, Math.min(records.length, ...failed)),
      problem: 'the function reported a record as failed',
    };
  } catch (error) {
    return { handled: 0, problem: error instanceof Error ? error.message : String(error) };
  }
};

/**
 * Delivers records in order until each is handled or too old, as Lambda does: retries start at the
 * lowest failed record. Returns early when stopped.
 */
export const deliverBatch = async (batch: readonly DynamoDBRecord[], delivery: Delivery): Promise<void> => {
  const { bisectBatchOnFunctionError, maximumRecordAgeInSeconds } = delivery.settings;
  const { stats } = delivery;
  let failuresInARow = 0;

  const giveUp = (records: readonly DynamoDBRecord[]) => {
    if (records.length === 0) return;
    stats.givenUp += records.length;
    const keys = records.map(({ dynamodb }) =>
      Object.values(dynamodb?.Keys ?? {})
        .map(({ S }) => S)
        .join(' '),
    );
    delivery.onLog(`stream: gave up on ${records.length} record(s), too old: ${keys.join(', ')}`);
  };

  const deliver = async (records: readonly DynamoDBRecord[]): Promise<void> => {
    let pending = records;
    while (pending.length > 0 && !delivery.stopped()) {
      if (delivery.ageMs() > maximumRecordAgeInSeconds * 1_000) return giveUp(pending);

      const { handled, problem } = await attempt(pending, delivery.invoke);
      stats.handled += handled;
      if (handled === pending.length) {
        failuresInARow = 0;
        return;
      }
      stats.failedInvocations += 1;
      failuresInARow = handled > 0 ? 1 : failuresInARow + 1;
      pending = pending.slice(handled);
      if (failuresInARow === 1) delivery.onLog(`stream: ${pending.length} record(s) to retry: ${problem}`);
      await delivery.pause(failuresInARow);
      if (handled === 0 && bisectBatchOnFunctionError && pending.length > 1) {
        const middle = Math.ceil(pending.length / 2);
        await deliver(pending.slice(0, middle));
        return deliver(pending.slice(middle));
      }
    }
  };

  await deliver(batch);
};
