import type { Context } from 'aws-lambda';
import { countUnbilled } from '../lib/metrics.ts';
import { auditToday } from '../lib/operations/audit/audit.ts';
import { resumePublications } from '../lib/operations/tariffs/publication.ts';
import { createWorker } from '../lib/worker.ts';

/** Time reserved to finish the partitions in progress before the timeout. */
const RESERVE_MS = 120_000;

const { logger, count, openContext, deadlineOf } = createWorker('audit-charges');

/**
 * Every 15 minutes: resumes interrupted tariff publications and the daily audit, which derives
 * every charge again and heals differences.
 */
export const handler = async (_: unknown, invocation: Context) => {
  const deadline = deadlineOf(invocation, RESERVE_MS);
  const context = await openContext('write', { onChargesWritten: countUnbilled(count) });
  const publications = await resumePublications(context, { deadline }).catch((error: unknown) => {
    logger.error('a publication could not be resumed', { error });
    return [];
  });
  for (const publication of publications)
    logger.warn('resumed an interrupted publication', {
      publication: { ...publication, segments: undefined },
    });
  const run = await auditToday(context, { deadline });
  if (!run) return;
  for (const finding of run.findings) logger.error('a charge differed from its facts', { finding });
  logger.info('audited', {
    run: { ...run, findings: undefined, heldJobs: undefined, unratedJobs: undefined },
  });
  const { differences, healed, held, finishedAt } = run;
  count({ AuditDifferences: differences, AuditUnhealed: differences - healed });
  count(finishedAt === undefined ? {} : { AuditsFinished: 1, HeldJobs: held });
};
