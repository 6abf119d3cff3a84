import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type OvhStandIn, type OvhStandInOptions, startOvhStandIn } from '../../local/ovh-stand-in/server.ts';

export const CREDENTIALS = { applicationKey: 'an-app', applicationSecret: 'a-secret', consumerKey: 'a-user' };

export const RULE: OvhStandInOptions['rule'] = {
  billableStates: ['RUNNING'],
  currency: 'EUR',
  prices: { 'ai1-1-cpu': 50_000, 'ai1-1-gpu': 3_216_667, 'l4-1-gpu': 1_383_333, 'h100-1-gpu': 5_166_667 },
};

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly json: any;
}

interface CallOptions {
  readonly method?: string;
  readonly body?: string;
  /** Epoch milliseconds. */
  readonly at?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly secret?: string;
}

/** A stand-in for the test, and calls signed as the documentation says. */
export const startProvider = async (options: Partial<OvhStandInOptions> = {}) => {
  const now = options.now ?? (() => Date.parse('2026-11-10T12:00:00Z'));
  const standIn: OvhStandIn = await startOvhStandIn({
    rule: RULE,
    credentials: CREDENTIALS,
    ...options,
    now,
  });
  onTestFinished(() => standIn.close());
  const ca = readFileSync(standIn.caFile);

  const call = async (path: string, { method = 'GET', body = '', ...signing }: CallOptions = {}) => {
    const timestamp = String(Math.round((signing.at ?? now()) / 1000));
    const secret = signing.secret ?? CREDENTIALS.applicationSecret;
    const signed = `${secret}+${CREDENTIALS.consumerKey}+${method}+https://localhost/1.0${path}+${body}+${timestamp}`;
    const headers = {
      'x-ovh-application': CREDENTIALS.applicationKey,
      'x-ovh-consumer': CREDENTIALS.consumerKey,
      'x-ovh-timestamp': timestamp,
      'x-ovh-signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
      ...signing.headers,
    };
    const sent = request({
      ...{ host: 'localhost', port: standIn.port, path: `/1.0${path}`, method, ca, agent: false },
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end(body);
    const [response] = await answered;
    const content = await text(response);
    const type = response.headers['content-type'];
    const json = type === 'application/json' ? JSON.parse(content) : undefined;
    return { status: response.statusCode ?? 0, type, body: content, json } satisfies Answer;
  };
  return { ...standIn, call };
};
