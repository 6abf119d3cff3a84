import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** Below the ports of outgoing connections: one of these could take a port before it is used. */
const [FIRST, LAST] = [10_000, 32_767];

/** So many workers of a test run have ports of their own: another could take one as well. */
const WORKERS = 32;
const OF_WORKER = Math.floor((LAST + 1 - FIRST) / WORKERS);

const portOf = (worker: number | undefined): number =>
  worker === undefined
    ? randomInt(FIRST, LAST + 1)
    : FIRST + (worker % WORKERS) * OF_WORKER + randomInt(OF_WORKER);

const listen = async (worker: number | undefined): Promise<Server> => {
  for (;;) {
    const server = createServer().listen(portOf(worker));
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
};

const { VITEST_POOL_ID } = process.env;
const WORKER = VITEST_POOL_ID === undefined ? undefined : Number(VITEST_POOL_ID);

/** Distinct ports that are free at the moment. */
export const freePorts = async (count: number, worker = WORKER): Promise<number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(worker)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
};
