import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDB, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { bareWrite } from '../../../bench/bare-write.ts';
import type { Job } from '../../../bench/workload.ts';
import type { Transition } from '../../../lib/billing/facts.ts';
import { createDynamoDbTable } from '../../../lib/store/dynamodb-table.ts';
import { createStore } from '../../../lib/store/store.ts';
import { localClientConfig } from '../../../local/environment.ts';
import { followCharge } from './follow-charge.ts';
import type { Jobs } from './jobs.ts';
import { createPostEvent } from './post-event.ts';
import { sendJobs } from './send-jobs.ts';

/** What events are sent to. */
export type Target =
  /** The API; charges of sampled jobs are followed in the table. */
  | { readonly kind: 'api'; readonly url: string; readonly endpoint: string; readonly tableName: string }
  /** The same HTTP server with a function that does nothing. */
  | { readonly kind: 'http'; readonly url: string }
  /** The table itself. */
  | { readonly kind: 'table'; readonly endpoint: string; readonly tableName: string };

export interface SendersOptions {
  readonly jobs: Jobs;
  readonly senders: number;
  readonly rate?: number | undefined;
  readonly webhookSecret: string;
  readonly target: Target;
  /** One job in so many is sampled. */
  readonly sampleEvery: number;
}

/** Milliseconds of sampled events. */
export interface Samples {
  /** Until the answer. */
  readonly answered: readonly number[];
  /** From the answer until the open, or the final, charge is in the table. */
  readonly visible: readonly number[];
}

/** What happened since the last message; `sent` is there once all is sent, `done` at the end. */
export interface SendersMessage extends Samples {
  readonly accepted: number;
  readonly retries: number;
  /** Jobs that were sent whole. */
  readonly sent?: number;
  readonly done?: true;
}

const ACCEPTED = 202;
const FIRST_SERVER_ERROR = 500;
const ATTEMPTS = 50;
const RETRY_PAUSE_MS = 200;
const REPORT_EVERY_MS = 500;

const { jobs, senders, rate, webhookSecret, target, sampleEvery } = JSON.parse(
  process.argv[2] ?? '',
) as SendersOptions;

let isOver = false;
let news = { accepted: 0, retries: 0, answered: [] as number[], visible: [] as number[] };
const followed: Promise<void>[] = [];

const report = (last: Pick<SendersMessage, 'sent' | 'done'> = {}) => {
  const message: SendersMessage = { ...news, ...last };
  news = { accepted: 0, retries: 0, answered: [], visible: [] };
  return new Promise<void>((resolve) => process.send?.(message, () => resolve()));
};

const createPut = (endpoint: string, tableName: string) => {
  const client = new DynamoDBClient(localClientConfig(endpoint));
  return (transition: Transition) => client.send(new PutItemCommand(bareWrite(tableName, transition)));
};

/** Sends an event until it is accepted. */
const createSend = (url: string) => {
  const post = createPostEvent(url, webhookSecret, senders);
  return async (transition: Transition) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await post(transition).catch((error: unknown) => ({ status: 0, body: String(error) }));
      if (answer.status === ACCEPTED) return;
      const isFinal = answer.status > 0 && answer.status < FIRST_SERVER_ERROR;
      assert(!isFinal && attempt < ATTEMPTS, `an event was answered ${answer.status}: ${answer.body}`);
      news.retries += 1;
      await pause(RETRY_PAUSE_MS);
    }
  };
};

/** Follows the charges that a run of a sampled job has once it starts, and once it stops. */
const createFollow = ({ endpoint, tableName }: Extract<Target, { kind: 'api' }>) => {
  const store = createStore(createDynamoDbTable(new DynamoDB(localClientConfig(endpoint)), tableName, pause));
  return ({ status }: Transition, job: Job) => {
    if (status !== 'RUNNING' && status !== 'FINALIZING') return;
    const { month } = jobs;
    const visible = followCharge(store, job, { month, isFinal: status === 'FINALIZING' });
    followed.push(visible.then((ms) => void news.visible.push(ms)));
  };
};

const send = target.kind === 'table' ? createPut(target.endpoint, target.tableName) : createSend(target.url);
const follow = target.kind === 'api' ? createFollow(target) : () => {};

// Ctrl-C reaches the whole group: the parent process decides what becomes of the run.
process.on('SIGINT', () => {});
process.on('message', () => {
  isOver = true;
});
// The parent process is gone.
process.on('disconnect', () => process.exit());

const reporting = setInterval(() => void report(), REPORT_EVERY_MS);
const sent = await sendJobs({
  ...{ jobs, senders, rate, isOver: () => isOver },
  send: async (transition, job, index) => {
    const isSampled = index % sampleEvery === 0;
    const startedAt = performance.now();
    await send(transition);
    news.accepted += 1;
    if (!isSampled) return;
    news.answered.push(performance.now() - startedAt);
    follow(transition, job);
  },
});
await report({ sent });
await Promise.all(followed);
clearInterval(reporting);
await report({ done: true });
process.exit();
