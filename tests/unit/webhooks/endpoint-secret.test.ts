import { hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { LOCAL_ENDPOINT_KEY, readEndpointConfig } from '../../../lib/config/endpoints.ts';
import { endpointSecret, signingSecrets } from '../../../lib/webhooks/endpoint-secret.ts';

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('a secret has 32 bytes that follow from key, endpoint and generation, and from nothing else', () => {
  const secret = endpointSecret(KEY, { endpointId: 'one', generation: 1 });
  const expected = hkdfSync('sha256', Buffer.alloc(32, 7), '', 'jobmeter endpoint one 1', 32);
  expect(secret).toBe(`whsec_${Buffer.from(expected).toString('base64')}`);
  const others = [
    endpointSecret(KEY, { endpointId: 'one', generation: 2 }),
    endpointSecret(KEY, { endpointId: 'two', generation: 1 }),
    endpointSecret(LOCAL_ENDPOINT_KEY, { endpointId: 'one', generation: 1 }),
  ];
  expect(new Set([secret, ...others]).size).toBe(4);
});

test('after a rotation the secret before it signs too, until its time has passed', () => {
  const rotated = { endpointId: 'one', generation: 2, previousUntil: 1_000 };
  const [first, second] = [1, 2].map((generation) => endpointSecret(KEY, { endpointId: 'one', generation }));
  expect(signingSecrets(KEY, rotated, 999)).toEqual([second, first]);
  expect(signingSecrets(KEY, rotated, 1_000)).toEqual([second]);
  expect(signingSecrets(KEY, { endpointId: 'one', generation: 1 }, 0)).toEqual([first]);
});

test('a deployed stage refuses the public key of the local stack, and a key that is none', () => {
  expect(readEndpointConfig({ STAGE: 'local', ENDPOINT_KEY: LOCAL_ENDPOINT_KEY }).endpointKey).toBe(
    LOCAL_ENDPOINT_KEY,
  );
  expect(readEndpointConfig({ STAGE: 'prod', ENDPOINT_KEY: KEY }).endpointKey).toBe(KEY);
  expect(() => readEndpointConfig({ STAGE: 'prod', ENDPOINT_KEY: LOCAL_ENDPOINT_KEY })).toThrow(
    /ENDPOINT_KEY is the public/,
  );
  expect(() => readEndpointConfig({ STAGE: 'prod' })).toThrow(/ENDPOINT_KEY is required/);
  expect(() => readEndpointConfig({ STAGE: 'prod', ENDPOINT_KEY: 'whsec_short' })).toThrow(
    /must be whsec_<base64/,
  );
});
