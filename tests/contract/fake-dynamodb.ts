import { createHmac, hash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../local/environment.ts';

/** A call that was received. */
export interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

export const fault = (status: number, type: string, message = 'try again'): Reply => ({
  status,
  body: JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }),
});
export const BUSY: Reply = { status: 503, body: '<html>busy</html>' };
export const DROPPED: Reply = { status: 0, body: '' };
export const HANGING: Reply = { status: 0, body: '' };
export const DONE: Reply = { status: 200, body: '{}' };

/**
 * Gives these replies one after the other, the last one for ever, and keeps the calls. Ends with
 * the test.
 */
export const serve = async (...replies: readonly [Reply, ...Reply[]]) => {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const reply = replies[Math.min(seen.length, replies.length - 1)] ?? DONE;
    seen.push({ headers: request.headers, body: await text(request) });
    if (reply === DROPPED) request.socket.destroy();
    // A date of the machine beside a shifted clock would be taken for a skewed one, and the call be
    // made again.
    response.sendDate = false;
    if (reply.status > 0) response.writeHead(reply.status).end(reply.body);
  });
  onTestFinished(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, seen };
};

const sha256 = (content: string) => hash('sha256', content);
const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();

/**
 * The signature of a call to `/` as AWS documents it (Signature Version 4), over the headers that
 * are signed.
 */
export const signatureOf = ({ headers, body }: Seen): string => {
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const signed = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', '/', '', signed.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${LOCAL_CREDENTIALS.secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
};
