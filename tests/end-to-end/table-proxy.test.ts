import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startTableProxy } from './table-proxy.ts';

test('a caller that has left before the table answers breaks nothing', async () => {
  const called = Promise.withResolvers<ServerResponse>();
  const table = createServer((_, answer) => called.resolve(answer)).listen(0, 'localhost');
  await once(table, 'listening');
  onTestFinished(() => table.close().closeAllConnections());
  const left = Promise.withResolvers<void>();
  const proxy = await startTableProxy((table.address() as AddressInfo).port, (_, answer) => {
    answer.once('close', left.resolve);
    return false;
  });
  onTestFinished(proxy.stop);
  const leaving = new AbortController();
  const call = fetch(proxy.endpoint, { method: 'POST', body: '{}', signal: leaving.signal });
  const late = await called.promise;
  leaving.abort();
  await expect(call).rejects.toThrow('aborted');
  await left.promise;
  late.end('{}');
  await once(late, 'close');
});
