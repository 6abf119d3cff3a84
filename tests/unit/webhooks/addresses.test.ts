import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { createPublicAgent } from '../../../lib/webhooks/public-address.ts';
import { sendWebhook } from '../../../lib/webhooks/send-webhook.ts';
import { startConsumer, startTalker } from './consumer.ts';

const NOT_PUBLIC = 'its name leads to an address that is not public';

const WEBHOOK = { id: 'msg_1', body: '{}', secrets: [] };

/** A resolver that gives these addresses, and counts how often it is called. */
const resolver = (...addresses: readonly string[]) => {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    asked.push(name);
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const [first = { address: '', family: 4 }] = all;
    if (options.all) callback(null, all);
    else callback(null, first.address, first.family);
  };
  return { lookup, asked };
};

test.each([
  ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '169.254.170.2', '100.64.0.1'],
  ...['0.0.0.0', '0.1.2.3', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::1', '::', 'fd00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1'],
  // Another address within: mapped, translated (NAT64), in a tunnel (6to4, Teredo).
  ...[
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a00:1',
  ],
  ...['2002:a00:1::', '2001::1', '::ffff:0:10.0.0.1'],
])('a name that leads to %s is not called', async (address) => {
  const { lookup, asked } = resolver(address);
  const outcome = await sendWebhook(
    { stage: 'prod', now: () => 0, lookup },
    { ...WEBHOOK, url: 'https://hooks.example.com/' },
  );
  expect(outcome).toEqual({ error: NOT_PUBLIC, tookMs: 0 });
  expect(asked).toEqual(['hooks.example.com']);
});

test('of several addresses the one that would be connected to is checked', async () => {
  const { lookup } = resolver('10.0.0.1', '192.0.2.1');
  const { error } = await sendWebhook(
    { stage: 'prod', now: () => 0, lookup },
    { ...WEBHOOK, url: 'https://hooks.example.com/' },
  );
  expect(error).toBe(NOT_PUBLIC);
});

test('the address that was checked is the one that is connected to: a name is resolved once', async () => {
  const { port, sockets } = await startTalker(() => {});
  // Were it resolved again to connect, it would be this machine.
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    asked.push(name);
    const address = asked.length === 1 ? '10.255.255.1' : '127.0.0.1';
    if (options.all) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
  const { error } = await sendWebhook(
    { stage: 'prod', now: () => 0, lookup, timeoutMs: 500 },
    { ...WEBHOOK, url: `https://hooks.example.com:${port}/` },
  );
  expect(error).toBe(NOT_PUBLIC);
  expect(asked).toHaveLength(1);
  expect(sockets).toEqual([]);
});

test('addresses in a URL are checked when it is sent too, whatever was stored', async () => {
  for (const host of ['127.1', '2130706433', '0177.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])
    for (const scheme of ['https', 'http']) {
      const url = `${scheme}://${host}:8080/`;
      expect((await sendWebhook({ stage: 'prod', now: () => 0 }, { ...WEBHOOK, url })).error).toMatch(
        /^its URL must/,
      );
    }
});

test('the agent refuses addresses by itself, so that no rule of URLs has to be complete', async () => {
  const { port, sockets } = await startTalker(() => {});
  for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254']) {
    const agent = await createPublicAgent(new URL('https://example.com'), 'prod');
    const refused = Promise.withResolvers<Error>();
    const connect = agent as unknown as {
      createConnection(options: object, listener: (error: Error) => void): unknown;
    };
    connect.createConnection({ host, port }, refused.resolve);
    expect((await refused.promise).message).toContain('is not allowed');
  }
  expect(sockets).toEqual([]);
});

test('the stage local calls this machine where a URL says so, and nowhere else in private', async () => {
  const { port, url, received } = await startConsumer();
  expect(await sendWebhook({ stage: 'local', now: () => 0 }, { ...WEBHOOK, url })).toEqual({
    status: 200,
    tookMs: 0,
  });
  const { lookup } = resolver('127.0.0.1');
  const { error } = await sendWebhook(
    { stage: 'local', now: () => 0, lookup },
    { ...WEBHOOK, url: `https://hooks.example.com:${port}/` },
  );
  expect(error).toBe(NOT_PUBLIC);
  expect(received).toHaveLength(1);
});
