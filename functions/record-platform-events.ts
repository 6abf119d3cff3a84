import { readLogConfig, readPlatformConfig } from '../lib/config.ts';
import { createLogSample } from '../lib/log-sample.ts';
import { recordReported } from '../lib/operations/record-reported.ts';
import { type BusEvent, createBusTranslator } from '../lib/sources/aws.ts';
import { createWorker } from '../lib/worker.ts';

const { logger, count, openContext, now, config } = createWorker('record-platform-events');
const translate = createBusTranslator({ ...readPlatformConfig(), timeZone: config.timeZone });
const isSampled = createLogSample(readLogConfig().sample);

/** EventBridge: records what SageMaker and Batch report of their jobs. */
export const handler = async (event: BusEvent) => {
  const { events, skipped } = translate(event);
  const { store } = await openContext('write');
  const { refused, ...outcome } = await recordReported(store, events, now());
  const untranslated = [...skipped, ...refused].map(({ reason }) => reason);
  const { id: eventId, resources } = event;
  for (const reason of untranslated)
    logger.warn('an event was not translated', { eventId, resources, reason });
  const isComplete = untranslated.length + outcome.conflicts === 0;
  if (!isComplete || isSampled())
    logger.info('recorded', {
      ...{ eventId, ...outcome },
      events: events.map(({ data: { projectId }, subject: jobId, source, id }) => ({
        ...{ projectId, jobId, source, id },
      })),
    });
  // It would fail again, so it is counted, and never tried again.
  if (untranslated.length > 0) count({ UntranslatedEvents: untranslated.length });
  return { ...outcome, untranslated };
};
