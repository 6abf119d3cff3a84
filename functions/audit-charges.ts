import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { countAttention, createCount } from '../lib/metrics.ts';
import { auditToday } from '../lib/operations/audit.ts';

/** Time to end the round of places under way before the invocation ends. */
const RESERVE_MS = 120_000;

const logger = new Logger({ serviceName: 'audit-charges' });
const config = readTableConfig();
const count = createCount(config.stage);
const { openLedger, now } = connect(config);

/** Every 15 minutes: derives every charge again, once a day, and heals what differs; one invocation continues the one before. */
export const handler = async (_: unknown, context: Context) => {
  const deadline = now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  const ledger = await openLedger('write', { onChargesWritten: countAttention(count) });
  const run = await auditToday(ledger, { deadline });
  if (!run) return;
  for (const finding of run.findings) logger.error('a charge differed from its facts', { finding });
  logger.info('audited', { run: { ...run, findings: undefined } });
  const { differences, healed, finishedAt } = run;
  count({ AuditDifferences: differences, AuditUnhealed: differences - healed });
  count(finishedAt === undefined ? {} : { AuditsFinished: 1 });
};
