import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_POLL_MS = 20;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 3_000;

/** Where a line of a child's output or of the stack itself goes. */
export type OnLog = (line: string) => void;

/** Refuses with one clear line when `port` cannot be listened on; `setting` is the variable that chooses it. */
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

/** Passes both outputs of a child on, line by line. */
export const forwardLines = ({ stdout, stderr }: ChildProcess, onLog: OnLog): void => {
  for (const output of [stdout, stderr]) {
    if (output) createInterface({ input: output }).on('line', onLog);
  }
};

/** Resolves, with a word on how, once the process has ended or could not be started. Never rejects. */
export const childExit = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`),
    );
  });

/** Waits until the child accepts connections on `port`. `false`: it ended, or a minute passed. */
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

/** Ends the child: asks first, and insists when it has not ended in time. */
export const stopChild = async (child: ChildProcess, exited: Promise<unknown>): Promise<void> => {
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(insist);
};
