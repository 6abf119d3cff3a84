import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { childExit, forwardLines, type OnLog, startChild, stopChild, waitUntilServing } from './child.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { PROJECT_DIR } from './serverless-file.ts';

export interface LocalFunctionsOptions {
  readonly port: number;
  readonly lambdaPort: number;
  readonly env: Record<string, string | undefined>;
  readonly onLog: OnLog;
  /** Directory of `serverless.yml`; by default that of the project. */
  readonly directory?: URL;
}

/** The HTTP API and the functions of `serverless.yml`, served by serverless-offline. */
export interface LocalFunctions {
  readonly url: string;
  readonly pid: number;
  /** How the process ended. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts serverless-offline for stage `local` from the TypeScript files, and waits until it serves.
 */
export const startFunctions = async ({
  port,
  lambdaPort,
  env,
  onLog,
  directory = PROJECT_DIR,
}: LocalFunctionsOptions): Promise<LocalFunctions> => {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const child = startChild(
    process.execPath,
    [
      serverless,
      ...['offline', 'start', '--stage', 'local', '--host', 'localhost', '--noSponsor'],
      ...['--httpPort', String(port), '--lambdaPort', String(lambdaPort)],
      // One thread for all functions: otherwise each concurrent call loads everything again.
      '--useInProcess',
    ],
    {
      cwd: fileURLToPath(directory),
      // Hides the list of routes and a line per call; logs of functions remain.
      env: { ...env, SLS_LOG_LEVEL: 'warning', NODE_COMPILE_CACHE: COMPILE_CACHE },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let unusable: string | undefined;
  child.once('message', (problem) => {
    unusable = String(problem);
  });
  forwardLines(child, (line) => {
    // The list of routes is printed as a box at any log level.
    if (line.trim() !== '' && !/^[┌│└]/.test(line)) onLog(line);
  });
  const exited = childExit(child);
  if (!(await waitUntilServing(port, exited))) {
    child.kill('SIGKILL');
    const how = await exited;
    throw new Error(unusable ?? `serverless-offline did not start (${how})`);
  }
  const { pid } = child;
  assert(pid !== undefined, 'a process that serves has an id');
  return { url: `http://localhost:${port}`, pid, exited, stop: () => stopChild(child, exited) };
};

/** Calls a function by its deployed name over the invoke route. Rejects with its error. */
export const createInvoke =
  (lambdaPort: number, functionName: string) =>
  async (event: unknown): Promise<unknown> => {
    const response = await fetch(
      `http://localhost:${lambdaPort}/2015-03-31/functions/${functionName}/invocations`,
      { method: 'POST', body: JSON.stringify(event) },
    );
    const body = await response.text();
    if (!response.ok || response.headers.has('x-amz-function-error')) {
      throw new Error(`${functionName} failed: ${body.slice(0, 500)}`);
    }
    return body === '' ? undefined : JSON.parse(body);
  };
