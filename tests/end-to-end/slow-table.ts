import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** What a table does that has more to do than it can. */
const busy = (call: IncomingMessage, answer: ServerResponse) => {
  call.resume();
  answer.writeHead(503, { 'content-type': 'text/plain' }).end('busy');
};

/** DynamoDB Local behind a door: while it is shut every call is answered that the table is busy. */
export const startSlowTable = async (dynamoDbPort: number) => {
  let isOpen = true;
  let turnedAway = 0;
  const server = createServer((call, answer) => {
    if (!isOpen) {
      turnedAway += 1;
      return busy(call, answer);
    }
    const { method, url: path, headers } = call;
    const passed = request({ port: dynamoDbPort, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      pipeline(response, answer, () => {});
    });
    passed.on('error', () => answer.destroy());
    pipeline(call, passed, () => {});
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://localhost:${port}`,
    open() {
      isOpen = true;
    },
    shut() {
      isOpen = false;
    },
    /** Calls that met a shut door. */
    turnedAway: () => turnedAway,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
