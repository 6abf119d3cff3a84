import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childExit, forwardLines, stopChild } from '../../local/child.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { freePorts } from '../../local/free-ports.ts';
import { startFunctions } from '../../local/functions.ts';
import { readServerlessFile } from '../../local/serverless-file.ts';
import { readLocalSettings } from '../../local/settings.ts';
import { type Fill, functionsEnvironment, openTable } from '../../local/stack.ts';

/** What the stack is made of, each a process that can die by itself. */
export const PART_NAMES = ['database', 'functions', 'trigger'] as const;
export type PartName = (typeof PART_NAMES)[number];

interface Part {
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

interface Trigger extends Part {
  caughtUp(): Promise<void>;
}

export interface PartsOptions {
  /** Directory of the table; in memory without it. */
  readonly dataDir?: string;
  /** Opens V8's inspector on the loopback interface. */
  readonly inspected?: boolean;
  /** Settles in the process of the trigger, as of a function of its own, and not in that of HTTP. */
  readonly settlesApart?: boolean;
  /** What is in the table already. */
  readonly fill?: Fill;
}

/** The real stack in three processes on free ports. */
export interface Parts {
  readonly url: string;
  readonly endpoint: string;
  readonly tableName: string;
  readonly webhookSecret: string;
  /** Where a command line finds the stack. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined while the part is dead. */
  pidOf(name: PartName): number | undefined;
  /** The inspector of each part, if the stack was started with it; DynamoDB Local has none. */
  readonly inspectorPorts: { readonly [name in PartName]?: number | undefined };
  /** Ends the part with SIGKILL. */
  kill(name: PartName): Promise<void>;
  start(name: PartName): Promise<void>;
  /** Resolves once the trigger has handed over all that was written before. */
  caughtUp(): Promise<void>;
  /** Rejects when a part ends that was not killed. */
  readonly died: Promise<never>;
  /** What the parts said last. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const LINES_KEPT = 200;

const withInspector = (port: number | undefined) =>
  port === undefined ? {} : { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` };

const startTrigger = async (
  args: readonly string[],
  env: Record<string, string | undefined>,
  onLog: (line: string) => void,
): Promise<Trigger> => {
  const program = fileURLToPath(new URL('trigger.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  forwardLines(child, onLog);
  const exited = childExit(child);
  const started = await Promise.race([once(child, 'message'), exited]);
  assert(typeof started !== 'string' && child.pid !== undefined, `the trigger did not start: ${started}`);

  let questions = 0;
  const caughtUp = () =>
    new Promise<void>((resolve, reject) => {
      const question = ++questions;
      const onAnswer = (answer: unknown) => {
        if (answer !== question) return;
        child.off('message', onAnswer);
        resolve();
      };
      child.on('message', onAnswer);
      void exited.then((how) => reject(new Error(`the trigger ${how}`)));
      child.send(question);
    });
  return { pid: child.pid, exited, stop: () => stopChild(child, exited), caughtUp };
};

/** Starts the stack. */
export const startParts = async ({
  dataDir,
  inspected = false,
  settlesApart = false,
  fill,
}: PartsOptions): Promise<Parts> => {
  const [port = 0, lambdaPort = 0, dynamoDbPort = 0, ...inspectors] = await freePorts(5);
  const environment = {
    ...{ PORT: String(port), LAMBDA_PORT: String(lambdaPort), DYNAMODB_PORT: String(dynamoDbPort) },
    ...(dataDir !== undefined && { DATA_DIR: dataDir }),
  };
  const settings = readLocalSettings(environment);
  const { service } = readServerlessFile();
  const tableName = `${service}-local`;
  const endpoint = `http://localhost:${dynamoDbPort}`;
  const [functionsInspector, triggerInspector] = inspected ? inspectors : [];
  const env = functionsEnvironment(endpoint, settings);

  const log: string[] = [];
  const logOf = (name: PartName) => (line: string) => {
    log.push(`${name}: ${line}`);
    if (log.length > LINES_KEPT) log.shift();
  };
  const running = new Map<PartName, Part>();
  const { promise: died, reject: tellOfDeath } = Promise.withResolvers<never>();
  // Waiting for the end is optional: a rejection without a waiter is no error.
  died.catch(() => {});

  let trigger: Trigger | undefined;
  let streamArn = '';
  const starters: Record<PartName, () => Promise<Part>> = {
    database: () => startDynamoDb({ port: dynamoDbPort, dataDir, longRun: dataDir === undefined }),
    functions: () =>
      startFunctions({
        port,
        lambdaPort,
        env: { ...env, ...withInspector(functionsInspector) },
        onLog: logOf('functions'),
      }),
    trigger: async () => {
      const called = settlesApart ? [] : [String(lambdaPort), `${tableName}-settle-jobs`];
      trigger = await startTrigger(
        [endpoint, streamArn, ...called],
        { ...env, STAGE: 'local', TABLE_NAME: tableName, ...withInspector(triggerInspector) },
        logOf('trigger'),
      );
      return trigger;
    },
  };

  let isStopped = false;
  const start = async (name: PartName) => {
    const part = await starters[name]();
    if (isStopped) return part.stop();
    running.set(name, part);
    void part.exited.then((how) => {
      if (running.get(name) === part) tellOfDeath(new Error(`${name} stopped unexpectedly: ${how}`));
    });
  };
  const takeOut = (name: PartName) => {
    const part = running.get(name);
    running.delete(name);
    return part;
  };
  const stop = async () => {
    isStopped = true;
    // What calls is stopped before what is called.
    for (const name of PART_NAMES.toReversed()) await takeOut(name)?.stop();
  };

  try {
    await Promise.all([start('database'), start('functions')]);
    streamArn = await openTable(endpoint, tableName, env, logOf('database'), fill);
    await start('trigger');
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    url: `http://localhost:${port}`,
    ...{ endpoint, tableName, environment, start, stop, died, log },
    webhookSecret: settings.webhookSecret,
    inspectorPorts: { functions: functionsInspector, trigger: triggerInspector },
    pidOf: (name) => running.get(name)?.pid,
    kill: async (name) => {
      const part = takeOut(name);
      assert(part, `${name} is dead already`);
      process.kill(part.pid, 'SIGKILL');
      await part.exited;
    },
    caughtUp: async () => {
      assert(trigger && running.has('trigger'), 'the trigger runs');
      await trigger.caughtUp();
    },
  };
};
