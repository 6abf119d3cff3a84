import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countAttention, createCount } from '../lib/metrics.ts';
import { auditTonight } from '../lib/operations/audit.ts';
import { resumePublications } from '../lib/operations/publication.ts';

/** Time to end the round of places under way before the invocation ends. */
const RESERVE_MS = 120_000;

const logger = new Logger({ serviceName: 'audit-charges' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openLedger, now } = connect(config);

/**
 * Schedule before the daily close: finishes a tariff's publication that was cut off, then derives every charge again and heals what
 * differs, one invocation after the other until all are looked at.
 */
export const handler = async (_: unknown, context: Context) => {
  const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  const ledger = countAttention(await openLedger('write'), count);
  const publications = await resumePublications(ledger, { deadline }).catch((error: unknown) => {
    logger.error('a publication could not be finished', { error });
    return [];
  });
  for (const publication of publications)
    logger.warn('a publication had been cut off', { publication: { ...publication, segments: undefined } });
  const run = await auditTonight(ledger, { deadline });
  for (const finding of run?.findings ?? []) logger.error('a charge differed from its facts', { finding });
  logger.info('audited', { run: { ...run, findings: undefined } });
  if (!run) return;
  const { differences, healed, finishedAt } = run;
  count({ AuditDifferences: differences, AuditUnhealed: differences - healed });
  count(finishedAt === undefined ? {} : { AuditsFinished: 1 });
};
