import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childExit, stopChild } from '../../../local/child.ts';
import type { SendersMessage, SendersOptions } from './senders.ts';

/** What the senders have done up to now. Times in milliseconds. */
export interface Sent {
  accepted: number;
  retries: number;
  /** From the first event to the latest news. */
  elapsedMs: number;
  readonly answered: number[];
  readonly visible: number[];
}

export interface Senders {
  readonly pid: number | undefined;
  readonly sent: Readonly<Sent>;
  /** Resolves with how many jobs were sent whole. */
  readonly allSent: Promise<number>;
  /** Resolves once the charges of all sampled jobs were seen too. */
  readonly done: Promise<void>;
  /** Begin no further jobs. */
  finish(): void;
  stop(): Promise<void>;
}

/** Starts the senders in a process of their own. */
export const startSenders = (
  options: SendersOptions,
  env: Readonly<Record<string, string | undefined>>,
  onNews: (sent: Readonly<Sent>) => void,
): Senders => {
  const program = fileURLToPath(new URL('senders.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(options)], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const startedAt = performance.now();
  const sent: Sent = { accepted: 0, retries: 0, elapsedMs: 0, answered: [], visible: [] };
  const allSent = Promise.withResolvers<number>();
  const done = Promise.withResolvers<void>();
  allSent.promise.catch(() => {});
  done.promise.catch(() => {});

  let isAllSent = false;
  child.on('message', (message: SendersMessage) => {
    sent.accepted += message.accepted;
    sent.retries += message.retries;
    sent.answered.push(...message.answered);
    sent.visible.push(...message.visible);
    if (!isAllSent) sent.elapsedMs = performance.now() - startedAt;
    if (message.sent !== undefined) {
      isAllSent = true;
      allSent.resolve(message.sent);
    }
    if (message.done) done.resolve();
    onNews(sent);
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2_000);
  });
  const exited = childExit(child);
  void exited.then((how) => {
    const error = new Error(`the senders ${how}: ${errors}`);
    allSent.reject(error);
    done.reject(error);
  });
  return {
    pid: child.pid,
    sent,
    allSent: allSent.promise,
    done: done.promise,
    finish: () => void child.send('finish'),
    stop: () => stopChild(child, exited),
  };
};
