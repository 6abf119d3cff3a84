import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setDefaultCACertificates } from 'node:tls';
import { createCertificate } from '../../../local/ovh-stand-in/certificate.ts';

/** What the API answers: a JSON value, or a status with a value or text, or nothing to its end. */
export type Reply =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      /** Of a redirect. */
      readonly location?: string;
    }
  | 'nothing'
  /** The connection ends before an answer, or within it. */
  | 'reset'
  | 'half';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** When the answer is sent, or its connection closed. */
  readonly closed: Promise<unknown>;
}

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'nothing') return;
  if (reply === 'reset') return void response.destroy();
  if (reply === 'half') return void response.write('[1,', () => response.destroy());
  const { status = 200, json, location, text: plain = JSON.stringify(json) } = reply;
  response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
  const bytes = Buffer.from(plain);
  // In two chunks, which may divide a character.
  const middle = Math.floor(bytes.length / 2);
  response.write(bytes.subarray(0, middle), () => response.end(bytes.subarray(middle)));
};

/** An API on a port of this machine, with a certificate that this process trusts. */
export const listen = async (reply: (request: Received) => Reply) => {
  const received: Received[] = [];
  const { key, cert, caFile, remove } = await createCertificate();
  setDefaultCACertificates([cert]);
  const server = createServer({ key, cert }, async (request, response) => {
    const { method = '', url = '', headers } = request;
    const closed = once(response, 'close');
    const seen = { method, path: url, headers, body: await text(request), closed };
    received.push(seen);
    answer(response, reply(seen));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    /** For NODE_EXTRA_CA_CERTS of another process. */
    caFile,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await remove();
    },
  };
};
