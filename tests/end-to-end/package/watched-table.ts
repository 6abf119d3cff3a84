import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** DynamoDB Local behind a proxy that keeps the headers of each call. */
export const startWatchedTable = async (dynamoDbPort: number) => {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((call, answer) => {
    const { method, url: path, headers } = call;
    seen.push(headers);
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
    seen: seen as readonly IncomingHttpHeaders[],
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
