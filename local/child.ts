import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_POLL_MS = 20;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 3_000;

/** Receives each log line of the stack and its child processes. */
export type OnLog = (line: string) => void;

/** Throws if `port` is taken; `setting` is the variable that configures it. */
export const assertPortFree = async (port: number, setting: string): Promise<void> => {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`port ${port} is taken (${setting}): stop what uses it or choose another`, {
      cause: error,
    });
  } finally {
    server.close();
  }
};

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });

/** Forwards both outputs of a child, line by line. */
export const forwardLines = ({ stdout, stderr }: ChildProcess, onLog: OnLog): void => {
  for (const output of [stdout, stderr]) {
    if (output) createInterface({ input: output }).on('line', onLog);
  }
};

/** Starts a child that ends when this process exits, also if that does not stop it before. */
export const startChild = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
  const child = spawn(command, args, options);
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
};

/** Resolves with the reason once the process has ended or could not start. Never rejects. */
export const childExit = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`),
    );
  });

/** Waits until the child accepts connections. `false` if it ended, or after a minute. */
export const waitUntilServing = async (port: number, exited: Promise<unknown>): Promise<boolean> => {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (let waitedMs = 0; !ended && waitedMs < READY_LIMIT_MS; waitedMs += READY_POLL_MS) {
    if (await accepts(port)) return !ended;
    await sleep(READY_POLL_MS);
  }
  return false;
};

/** Ends the child: SIGTERM, then SIGKILL after a grace period. */
export const stopChild = async (child: ChildProcess, exited: Promise<unknown>): Promise<void> => {
  child.kill('SIGTERM');
  const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(killTimer);
};
