import * as v from 'valibot';
import { createApiClient, REAL_TIME } from '../../cli/api-client.ts';
import { createPatientClient } from '../../cli/patient-client.ts';
import { sendEvents, signingSecret } from '../../cli/sender.ts';
import { readTableConfig } from '../../lib/config.ts';
import { connect } from '../../lib/connect.ts';
import { issueToken } from '../../lib/http/tokens.ts';
import { closeMonths } from '../../lib/operations/close/close-months.ts';
import { publishTariff } from '../../lib/operations/tariffs/publish.ts';
import { Refusal } from '../../lib/refusal.ts';
import { Statement, Statements } from '../../lib/shapes/statement.ts';
import { localClientConfig } from '../../local/environment.ts';
import { freePorts } from '../../local/free-ports.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import type { TraceStage } from './play-trace.ts';

const TOKEN_SECONDS = 600;
/** What the oracle assumes. */
const BILLING = { BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR' };

type Secrets = Pick<ReturnType<typeof readLocalSettings>, 'webhookSecret' | 'tokenSecret'>;

const stageOf = (stack: Stack, { webhookSecret, tokenSecret }: Secrets): TraceStage => {
  const config = readTableConfig({ STAGE: 'local', TABLE_NAME: stack.tableName, ...BILLING });
  const client = createPatientClient(localClientConfig(stack.endpoint), { now: Date.now });
  const { openContext } = connect(config, client);
  const api = createApiClient(stack.url, REAL_TIME);

  const get = async <Output>(schema: v.GenericSchema<unknown, Output>, path: string): Promise<Output> => {
    const grant = { projects: 'all', expiresInSeconds: TOKEN_SECONDS } as const;
    const token = await issueToken(tokenSecret, grant, Date.now());
    const { status, body } = await api.call(path, () => ({ headers: { authorization: `Bearer ${token}` } }));
    if (status === 200) return v.parse(schema, body);
    throw new Refusal('unavailable', `GET ${path} answered ${status}: ${JSON.stringify(body)}`);
  };

  return {
    async publish(tariff) {
      await publishTariff(await openContext('write'), tariff, { backdate: true });
    },
    async send(events, onProgress) {
      const receiver = { url: stack.url, secret: signingSecret('local', webhookSecret) };
      const { results, refusals, stopped } = await sendEvents(receiver, events, {
        ...REAL_TIME,
        onProgress: (done) => onProgress(`sent ${done} of ${events.length} events`),
      });
      if (stopped) throw stopped.why;
      const [refused] = refusals;
      if (refused) throw new Refusal('invalid', `event ${events[refused.index]?.id} was refused`, refused);
      const countOf = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
      return { recorded: countOf('recorded'), duplicates: countOf('duplicate') };
    },
    settled: () => stack.trigger.idle(),
    async close(month, onProgress) {
      await closeMonths(await openContext('write'), {
        month,
        onProgress: ({ shard, shards, step, count, of }) =>
          onProgress(`closing ${month}: shard ${shard + 1} of ${shards}, ${step}, ${count} of ${of}`),
      });
    },
    async statements(projectId) {
      const path = `/v1/projects/${projectId}/statements`;
      const found: Statement[] = [];
      for (const { month } of (await get(Statements, path)).statements)
        found.push(await get(Statement, `${path}/${month}`));
      return found;
    },
  };
};

/** Starts a separate local stack on free ports for the time of `play`. */
export const withLocalStage = async <T>(play: (stage: TraceStage) => Promise<T>): Promise<T> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0] = await freePorts(3);
  const ports = { port, lambdaPort, dynamoDbPort, dataDir: undefined, schedules: false };
  const settings = { ...readLocalSettings(), ...ports };
  const log: string[] = [];
  const onLog = (line: string) => {
    if (log.push(line) > 100) log.shift();
  };
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Refusal('unavailable', 'interrupted')));
  });
  // Also a signal during the start is handled once the stack can be stopped.
  interrupted.catch(() => {});
  const stack = await startStack({ ...settings, environment: BILLING, onLog });
  const crashed = stack.exited.then((why) => {
    throw new Refusal('unavailable', `${why}\n${log.slice(-5).join('\n')}`);
  });
  try {
    return await Promise.race([crashed, interrupted, play(stageOf(stack, settings))]);
  } finally {
    await stack.stop();
  }
};
