import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** An event as a consumer sees it for the first time. Times: epoch milliseconds. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly arrivedAt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Consumer {
  readonly url: string;
  /** By id. */
  readonly received: ReadonlyMap<string, Received>;
  readonly counts: Readonly<{ repeated: number; refused: number }>;
  close(): Promise<void>;
}

interface Sent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: Received['data'];
}

/**
 * An endpoint on the loopback interface. It verifies signatures with a library that is not ours,
 * and hands each event on once.
 */
export const startConsumer = async (
  secret: () => string,
  onEvent: (event: Received) => void,
): Promise<Consumer> => {
  const received = new Map<string, Received>();
  const counts = { repeated: 0, refused: 0 };
  const take = (body: string, headers: Record<string, string>) => {
    const arrivedAt = Date.now();
    const { id, type, time, data } = new Webhook(secret()).verify(body, headers) as Sent;
    if (received.has(id)) {
      counts.repeated += 1;
      return;
    }
    const event = { id, type, time: Date.parse(time), arrivedAt, data };
    received.set(id, event);
    onEvent(event);
  };
  const server = createServer(async (request, response) => {
    try {
      take(await text(request), request.headers as Record<string, string>);
      response.writeHead(204).end();
    } catch {
      counts.refused += 1;
      response.writeHead(401).end();
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/events`,
    ...{ received, counts },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};
