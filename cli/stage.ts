import { tariffId } from '../lib/billing/tariff.ts';
import { readTableConfig } from '../lib/config.ts';
import { Refusal } from '../lib/refusal.ts';
import type { Store } from '../lib/store/store.ts';
import type { Publication } from '../lib/store/tariffs.ts';
import { localClientConfig } from '../local/environment.ts';
import { readLocalSettings } from '../local/settings.ts';
import { counted } from './output.ts';

/** Options of every command. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly stage: string;
}

/** Time without a response before a notice is printed. */
const SILENCE_MS = 5_000;

const onStderr = (line: string) => process.stderr.write(`jobmeter: ${line}\n`);

/** Reports once that the table is slow. */
const createSlowNotice = () => {
  let isReported = false;
  return ({ code, name }: Error & { readonly code?: string }, forMs: number) => {
    if (isReported || forMs < SILENCE_MS) return;
    isReported = true;
    onStderr(`the table is slow to answer (${code ?? name}): trying again, two minutes a call at most`);
  };
};

/** Notice of an unfinished publication, and how to resume it. */
const unfinishedNotice = (publication: Publication, now: number): string => {
  const { leaseUntil, jobsSettled } = publication;
  const settled = `${counted(jobsSettled, 'job')} settled so far`;
  return leaseUntil > now
    ? `tariff ${tariffId(publication)} is still being published, ${settled}: if it was interrupted, \`jobmeter tariff resume\` resumes it`
    : `tariff ${tariffId(publication)} is in force, but its publication was interrupted, ${settled}: \`jobmeter tariff resume\` resumes it`;
};

const reportUnfinished = async (store: Store, now: number): Promise<void> => {
  for (const publication of await store.readPublications()) onStderr(unfinishedNotice(publication, now));
};

/**
 * The table of a stage: DynamoDB Local for `local`, otherwise with the AWS credentials of the
 * caller. Stored time zone and currency take precedence.
 */
export const connectStage = async (
  { stage }: GlobalOptions,
  { quiet = false }: { /** No notice of unfinished publications. */ readonly quiet?: boolean } = {},
) => {
  // AWS's client is large: a command that does not connect starts without it.
  const [{ connect }, { createPatientClient }] = await Promise.all([
    import('../lib/connect.ts'),
    import('./patient-client.ts'),
  ]);
  const config = readTableConfig({ TABLE_NAME: `jobmeter-${stage}`, ...process.env, STAGE: stage });
  const client = createPatientClient(
    stage === 'local' ? localClientConfig(`http://localhost:${readLocalSettings().dynamoDbPort}`) : {},
    { now: Date.now, onRetry: createSlowNotice() },
  );
  const stored = await connect(config, client).store.readSettings();
  if (!stored && stage !== 'local' && process.env.BILLING_TIME_ZONE === undefined)
    throw new Refusal(
      'invalid',
      `stage ${stage} has not been used yet, and its first use fixes time zone and currency: ` +
        'set BILLING_TIME_ZONE and BILLING_CURRENCY as deployed',
    );
  const connection = connect({ ...config, ...stored }, client);
  if (!quiet) await reportUnfinished(connection.store, connection.now());
  return connection;
};
