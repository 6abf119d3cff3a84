import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * A proxy before DynamoDB Local. `onCall` sees each call; it answers the call itself if it gives
 * true.
 */
export const startTableProxy = async (
  dynamoDbPort: number,
  onCall: (call: IncomingMessage, answer: ServerResponse) => boolean,
) => {
  const server = createServer((call, answer) => {
    if (onCall(call, answer)) return;
    const { method, url: path, headers } = call;
    const passed = request({ port: dynamoDbPort, method, path, headers }, (response) => {
      // A caller that has waited for long enough has left: there is nobody to answer.
      if (answer.destroyed) return void response.destroy();
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
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
