import { createBatchTranslator } from './batch.ts';
import type { Translated } from './reported-event.ts';
import { createSagemakerTranslator } from './sagemaker.ts';
import type { SourceOptions } from './translator.ts';

/** An event of EventBridge, as it is delivered. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  /** ARNs of what the event is about. */
  readonly resources: readonly string[];
}

/** Translates an event of the bus by the translator of its source. */
export const createBusTranslator = (options: SourceOptions): ((event: BusEvent) => Translated) => {
  const translators = new Map([
    ['aws.sagemaker', createSagemakerTranslator(options)],
    ['aws.batch', createBatchTranslator(options)],
  ]);
  return (event) =>
    translators.get(event.source)?.next(event, 1) ?? {
      events: [],
      skipped: [{ line: 1, reason: `source ${JSON.stringify(event.source)} is not translated` }],
    };
};
