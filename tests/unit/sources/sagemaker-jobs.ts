import { createSagemakerTranslator } from '../../../lib/sources/sagemaker.ts';
import type { SourceOptions } from '../../../lib/sources/translator.ts';
import { exampleRecords, type Json, translateAll } from './aws-records.ts';

// Training jobs of the examples, and what they give.

export const OPTIONS: SourceOptions = { timeZone: 'UTC' };

export const translate = (records: readonly unknown[], options = OPTIONS) =>
  translateAll(createSagemakerTranslator(options), records);

export const eventsOfJob = (name: string): Json[] =>
  exampleRecords('sagemaker').filter(({ detail }) => detail.TrainingJobName === name);
/** The last event of the plain job, with members of its detail changed. */
export const changed = (members: object): Json => {
  const event = eventsOfJob('train-llm-1').at(-1);
  return { ...event, detail: { ...event.detail, ...members } };
};
export const reasonsOf = (record: unknown, options?: SourceOptions) =>
  translate([record], options).skipped.map(({ reason }) => reason);
