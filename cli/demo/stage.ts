import { issueToken } from '../../lib/http/tokens.ts';
import { Refusal } from '../../lib/refusal.ts';
import { freePorts } from '../../local/free-ports.ts';
import { type LocalSettings, readLocalSettings } from '../../local/settings.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type ApiClientOptions, createApiClient } from '../api-client.ts';
import { dim } from '../output.ts';

const TOKEN_SECONDS = 600;

/** What a demo runs on. */
export interface DemoStage {
  readonly stack: Pick<Stack, 'url' | 'trigger' | 'invoke'>;
  readonly settings: Pick<LocalSettings, 'webhookSecret' | 'tokenSecret'>;
  readonly print: (text: string) => void;
  readonly realTime: ApiClientOptions;
}

/** Stops waiting for a stack that has crashed. */
const until = (ended: AbortSignal, { fetch, pause, ...realTime }: ApiClientOptions): ApiClientOptions => ({
  ...realTime,
  fetch: async (url, init) => {
    ended.throwIfAborted();
    return fetch(url, init);
  },
  pause: async (ms) => {
    ended.throwIfAborted();
    return pause(ms);
  },
});

/** Where a demo's own stack listens. */
export type DemoPorts = Readonly<Record<'PORT' | 'LAMBDA_PORT' | 'DYNAMODB_PORT', string>>;

/** Plays a demo on a local stack of its own, on free ports. */
export const onDemoStack = async <Report>(
  print: (text: string) => void,
  realTime: ApiClientOptions,
  environment: Readonly<Record<string, string>>,
  play: (stage: DemoStage, ports: DemoPorts) => Promise<Report>,
): Promise<Report> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0] = await freePorts(3);
  const settings = {
    ...readLocalSettings(),
    ...{ port, lambdaPort, dynamoDbPort, dataDir: undefined, schedules: false },
  };
  const log: string[] = [];
  print(dim('starting DynamoDB Local, the functions and the stream between them ...'));
  const stack = await startStack({
    ...settings,
    // The figures hold for months in UTC and a tariff in EUR.
    environment: { BILLING_TIME_ZONE: 'UTC', BILLING_CURRENCY: 'EUR', ...environment },
    onLog: (line) => log.push(line),
  });
  const crashed = stack.exited.then((why) => {
    throw new Refusal('unavailable', `${why}\n${log.slice(-5).join('\n')}`);
  });
  const ended = new AbortController();
  const ports = { PORT: `${port}`, LAMBDA_PORT: `${lambdaPort}`, DYNAMODB_PORT: `${dynamoDbPort}` };
  try {
    const stage = { stack, settings, print, realTime: until(ended.signal, realTime) };
    return await Promise.race([crashed, play(stage, ports)]);
  } finally {
    ended.abort();
    await stack.stop();
  }
};

/** Reads from the API, for all projects. */
export const createReader = async ({ stack, settings }: DemoStage, patience: ApiClientOptions) => {
  const api = createApiClient(stack.url, patience);
  const grant = { projects: 'all', expiresInSeconds: TOKEN_SECONDS } as const;
  const token = await issueToken(settings.tokenSecret, grant, patience.now());
  return async (path: string): Promise<unknown> => {
    const { status, body } = await api.call(path, () => ({ headers: { authorization: `Bearer ${token}` } }));
    if (status !== 200 || body === undefined)
      throw new Refusal('unavailable', `GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
};

export type Get = Awaited<ReturnType<typeof createReader>>;
