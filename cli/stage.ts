import { tariffId } from '../lib/billing/tariff.ts';
import { readTableConfig } from '../lib/config.ts';
import { connect } from '../lib/connect.ts';
import { Refusal } from '../lib/refusal.ts';
import type { Store } from '../lib/store/store.ts';
import type { Publication } from '../lib/store/tariffs.ts';
import { localClientConfig } from '../local/environment.ts';
import { readLocalSettings } from '../local/settings.ts';
import { counted } from './output.ts';
import { createPatientClient } from './patient-client.ts';

/** Options every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly stage: string;
}

/** A person should hear of it when nothing has answered for so long. */
const SILENCE_MS = 5_000;

const onStderr = (line: string) => process.stderr.write(`jobmeter: ${line}\n`);

/** Says once that the table is slow. */
const createSlowNotice = () => {
  let isSaid = false;
  return ({ code, name }: Error & { readonly code?: string }, forMs: number) => {
    if (isSaid || forMs < SILENCE_MS) return;
    isSaid = true;
    onStderr(`the table is slow to answer (${code ?? name}): trying again, two minutes a call at most`);
  };
};

/** What a publication that is not finished means for what a command shows, and how to go on with it. */
const unfinishedNotice = (publication: Publication, now: number): string => {
  const { leaseUntil, jobsSettled } = publication;
  const settled = `${counted(jobsSettled, 'job')} settled so far`;
  return leaseUntil > now
    ? `tariff ${tariffId(publication)} is still being published, ${settled}: if that was cut off, \`jobmeter tariff resume\` goes on with it`
    : `tariff ${tariffId(publication)} is in force, but its publication was cut off, ${settled}: \`jobmeter tariff resume\` goes on with it`;
};

const sayWhatIsUnfinished = async (store: Store, now: number): Promise<void> => {
  for (const publication of await store.readPublications()) onStderr(unfinishedNotice(publication, now));
};

/**
 * The table of a stage: DynamoDB Local for `local`, otherwise the deployed one with the caller's own AWS credentials. The billing
 * time zone and currency are those the table was first used with.
 */
export const connectStage = async (
  { stage }: GlobalOptions,
  { quiet = false }: { /** Says nothing of unfinished publications. */ readonly quiet?: boolean } = {},
) => {
  const config = readTableConfig({ TABLE_NAME: `jobmeter-${stage}`, ...process.env, STAGE: stage });
  const client = createPatientClient(
    stage === 'local' ? localClientConfig(`http://localhost:${readLocalSettings().dynamoDbPort}`) : {},
    { now: Date.now, onRetry: createSlowNotice() },
  );
  const stored = await connect(config, client).store.readSettings();
  if (!stored && stage !== 'local' && process.env.BILLING_TIME_ZONE === undefined)
    throw new Refusal(
      'invalid',
      `stage ${stage} has not been used yet, and its first use fixes time zone and currency for good: ` +
        'set BILLING_TIME_ZONE and BILLING_CURRENCY to what it was deployed with',
    );
  const connection = connect({ ...config, ...stored }, client);
  if (!quiet) await sayWhatIsUnfinished(connection.store, connection.now());
  return connection;
};
