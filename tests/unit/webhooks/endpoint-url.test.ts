import { expect, test } from 'vitest';
import { brokenUrlRule } from '../../../lib/webhooks/endpoint-url.ts';

test.each([
  'https://example.com',
  'https://hooks.example.com/a/b?c=d',
  'https://example.com:1024/hooks',
  `https://example.com/${'a'.repeat(1_980)}`,
  'https://xn--bcher-kva.example/hooks',
])('%s may be an endpoint of every stage', (url) => {
  expect(brokenUrlRule(url, 'prod')).toBeUndefined();
  expect(brokenUrlRule(url, 'local')).toBeUndefined();
});

test.each(['http://localhost:4000/hooks', 'http://127.0.0.1:4000', 'http://[::1]:4000', 'https://localhost'])(
  '%s may be an endpoint of the stage local only',
  (url) => {
    expect(brokenUrlRule(url, 'local')).toBeUndefined();
    expect(brokenUrlRule(url, 'prod')).toBeDefined();
  },
);

test.each([
  ['http://example.com', 'must begin with https://'],
  ['ftp://example.com', 'must begin with https://'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['example.com', 'must be a URL'],
  ['', 'must be a URL'],
  ['https://ana:secret@example.com', 'no user and password'],
  ['https://ana@example.com', 'no user and password'],
  ['https://example.com/#part', 'no # part'],
  ['https://example.com:25', 'port 443'],
  ['https://example.com:1023', 'port 443'],
  [`https://example.com/${'a'.repeat(1_981)}`, 'at most 2000'],
  ...['10.0.0.1', '169.254.169.254', '127.1', '2130706433', '017700000001', '0x7f.1', '0', '8.8.8.8'].map(
    (host) => [`https://${host}/`, 'not give an address'],
  ),
  ...[
    '[::1]',
    '[fd00::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a00:1]',
    '[2606:4700::1]',
  ].map((host) => [`https://${host}/`, 'not give an address']),
  ...['intranet', 'localhost.', 'a.localhost', 'metadata.google.internal', 'db.local', 'nas.lan.'].map(
    (host) => [`https://${host}/`, 'a public name'],
  ),
])('%s is no endpoint of a deployed stage: it %s', (url, rule) => {
  expect(brokenUrlRule(url, 'prod')).toContain(rule);
});
