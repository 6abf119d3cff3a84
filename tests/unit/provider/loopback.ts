import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the API answers: a JSON value, or a status with a value or text, or nothing at all. */
export type Reply =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      /** Of a redirect. */
      readonly location?: string;
    }
  | 'nothing';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'nothing') return;
  const { status = 200, json, location, text: plain = JSON.stringify(json) } = reply;
  response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
  const bytes = Buffer.from(plain);
  // In two chunks, which may divide a character.
  const middle = Math.floor(bytes.length / 2);
  response.write(bytes.subarray(0, middle), () => response.end(bytes.subarray(middle)));
};

/** An API on a port of this machine, without a certificate. */
export const listen = async (reply: (request: Received) => Reply) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const seen = { method, path: url, headers, body: await text(request) };
    received.push(seen);
    answer(response, reply(seen));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
};
