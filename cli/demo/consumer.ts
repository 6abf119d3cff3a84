import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { OutgoingType } from '../../lib/store/outgoing-events.ts';
import { dim } from '../output.ts';
import type { RunCommand } from './commands.ts';

/** What the consumer of the demo is sent. */
export const TYPES = [
  'statement.issued',
  'month.closed',
  'budget.threshold.crossed',
  'job.stop.requested',
] as const satisfies readonly OutgoingType[];

/** An event out, as received. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: (typeof TYPES)[number];
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A program that is sent events: it takes those that are signed with its secret. */
export interface Consumer {
  /** Each by its id, in the order in which it came first. */
  events(): readonly ReceivedEvent[];
  /** Messages whose signature is wrong. */
  refused(): number;
  close(): Promise<void>;
}

const headersOf = ({ headers }: IncomingMessage) => headers as Readonly<Record<string, string>>;

/** Starts a consumer on this machine, and adds it as an endpoint. */
export const startConsumer = async (run: RunCommand, print: (text: string) => void): Promise<Consumer> => {
  let webhook: Webhook | undefined;
  let refused = 0;
  const events = new Map<string, ReceivedEvent>();
  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await text(request);
    try {
      const event = webhook?.verify(body, headersOf(request)) as ReceivedEvent;
      if (!events.has(event.id)) events.set(event.id, event);
      return 204;
    } catch {
      refused += 1;
      return 401;
    }
  };
  const server = createServer(async (request, response) => {
    response.writeHead(await take(request)).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const { output } = await run(['endpoint', 'add', url, '--types', TYPES.join(',')], ['--json']);
  const { endpointId, secret } = JSON.parse(output) as { endpointId: string; secret: string };
  webhook = new Webhook(secret);
  print(dim(`${endpointId} is sent these events, signed; it verifies each with the secret\n`));
  return {
    events: () => [...events.values()],
    refused: () => refused,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};
