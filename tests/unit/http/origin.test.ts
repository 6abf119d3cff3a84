import { describe, expect, test } from 'vitest';
import { ORIGIN, originOf } from '../../../lib/http/origin.ts';
import { requestOf } from './requests.ts';

interface Sent {
  readonly route?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const origin = ({ route = '/v1/docs', path = route, headers = {} }: Sent) =>
  originOf({ ...requestOf({ headers }), route: `GET ${route}`, path });

const DEPLOYED = { Host: 'api.example', 'X-Forwarded-Proto': 'https' };

describe('the address of the API is that of the request:', () => {
  test.each<[name: string, sent: Sent, origin: string]>([
    ['a deployed stage', { headers: DEPLOYED }, 'https://api.example'],
    ['the local stack', { headers: { host: 'localhost:3000' } }, 'http://localhost:3000'],
    ['IPv6', { headers: { host: '[::1]:3000' } }, 'http://[::1]:3000'],
    [
      'a mapping of a domain',
      { headers: DEPLOYED, path: '/billing/eu/v1/docs' },
      'https://api.example/billing/eu',
    ],
    ['the page', { headers: DEPLOYED, route: '/', path: '/' }, 'https://api.example'],
    ['another path than the route', { headers: DEPLOYED, path: '/elsewhere' }, 'https://api.example'],
  ])('%s', (_, sent, expected) => {
    expect(origin(sent)).toBe(expected);
  });
});

describe('what is no address is not named:', () => {
  test.each([
    {},
    { host: '' },
    { host: '"><script>' },
    { host: 'a b' },
    { host: "api.example'; rm -rf ~; '" },
    { host: 'api.example/path' },
    { host: 'user@api.example' },
    { host: 'api.example, other.example' },
  ])('%j', (headers) => {
    expect(origin({ headers })).toBe(ORIGIN);
  });

  test.each(["/'$(id)/v1/docs", '/"/v1/docs', '/a b/v1/docs', '/<b>/v1/docs', '//v1/docs'])(
    'the prefix of %j',
    (path) => {
      expect(origin({ headers: DEPLOYED, path })).toBe('https://api.example');
    },
  );
});
