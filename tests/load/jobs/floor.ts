import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../../local/dynamodb.ts';
import { localClientConfig, localEnvironment } from '../../../local/environment.ts';
import { freePorts } from '../../../local/free-ports.ts';
import { startFunctions } from '../../../local/functions.ts';
import { createTable } from '../../../local/table.ts';
import { EVENTS_A_JOB, type Jobs } from './jobs.ts';
import type { SendersOptions, Target } from './senders.ts';
import { startSenders } from './start-senders.ts';
import { watchProcesses } from './watch-processes.ts';

const TABLE = 'jobmeter-floor';
const EMPTY_SERVICE = new URL('empty-service/', import.meta.url);

/** The same events, senders and connections, without jobmeter. */
export interface Floor {
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Processor time an event of what was called. */
  readonly cpuMs: number | undefined;
}

export type FloorName = 'table' | 'http';

export interface FloorOptions extends Omit<SendersOptions, 'target' | 'sampleEvery' | 'rate'> {
  readonly events: number;
  readonly signal: AbortSignal;
  onProgress(text: string): void;
}

interface Called {
  readonly pid: number;
  readonly target: Target;
  stop(): Promise<void>;
}

const startTable = async (): Promise<Called> => {
  const [port = 0] = await freePorts(1);
  const { endpoint, pid, stop } = await startDynamoDb({ port, longRun: true });
  const client = new DynamoDB(localClientConfig(endpoint));
  await createTable(client, TABLE);
  client.destroy();
  return { pid, stop, target: { kind: 'table', endpoint, tableName: TABLE } };
};

const startEmptyFunction = async (): Promise<Called> => {
  const [port = 0, lambdaPort = 0] = await freePorts(2);
  const env = localEnvironment('http://localhost');
  const options = { port, lambdaPort, env, onLog: () => {}, directory: EMPTY_SERVICE };
  const { url, pid, stop } = await startFunctions(options);
  return { pid, stop, target: { kind: 'http', url } };
};

const START: Readonly<Record<FloorName, () => Promise<Called>>> = {
  table: startTable,
  http: startEmptyFunction,
};

/** Sends the first events to what is called, and nothing else. */
export const measureFloor = async (
  name: FloorName,
  { events, jobs, signal, onProgress, ...options }: FloorOptions,
): Promise<Floor> => {
  const some: Jobs = { ...jobs, jobs: Math.ceil(events / EVENTS_A_JOB) };
  const called = await START[name]();
  const watch = watchProcesses(() => ({ called: called.pid }));
  const before = (await watch.used()).called?.cpuSeconds;
  const senders = startSenders(
    { ...options, jobs: some, target: called.target, sampleEvery: Number.MAX_SAFE_INTEGER },
    localEnvironment('http://localhost'),
    ({ accepted }) => onProgress(`floor, ${name}: ${accepted} of ${some.jobs * EVENTS_A_JOB} events`),
  );
  try {
    const interrupted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    await Promise.race([senders.allSent, interrupted]);
    const after = (await watch.used()).called?.cpuSeconds;
    const { accepted, elapsedMs } = senders.sent;
    return {
      events: accepted,
      eventsPerSecond: (accepted / elapsedMs) * 1000,
      cpuMs: after === undefined || before === undefined ? undefined : ((after - before) / accepted) * 1000,
    };
  } finally {
    watch.stop();
    await senders.stop();
    await called.stop();
  }
};
