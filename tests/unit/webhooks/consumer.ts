import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const readBody = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat((await Array.fromAsync(request)) as Buffer[]).toString();

type Answer = (response: ServerResponse, received: Received) => unknown;

/** A server on this machine that answers as `answer` says. */
export const openConsumer = async (answer: Answer = (response) => response.end(), atPort = 0) => {
  const received: Received[] = [];
  const listener: RequestListener = async (request, response) => {
    const one = { headers: request.headers as Record<string, string>, body: await readBody(request) };
    received.push(one);
    answer(response, one);
  };
  const server = createServer(listener).listen(atPort, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hooks`, received, stop };
};

/** The same, closed with the test. */
export const startConsumer = async (answer?: Answer, atPort?: number) => {
  const consumer = await openConsumer(answer, atPort);
  onTestFinished(consumer.stop);
  return consumer;
};

/** A server that does with a connection as `talk` says. */
export const startTalker = async (talk: (socket: Socket) => void) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hooks`, sockets };
};
