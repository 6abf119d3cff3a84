import { expect, test } from 'vitest';

const { corsOf } = (await import(new URL('../../deploy/cors.js', import.meta.url).href)) as {
  readonly corsOf: (origins: string) => false | Readonly<Record<string, unknown>>;
};

test('without origins the gateway lets no page of another site read an answer', () => {
  for (const none of ['', ' ', ',']) expect(corsOf(none)).toBe(false);
});

test('origins are separated by commas or spaces, and none gets credentials of the browser', () => {
  const settings = corsOf('https://portal.example, https://b.example:8443 http://localhost:5173');
  expect(settings).toMatchObject({
    allowedOrigins: ['https://portal.example', 'https://b.example:8443', 'http://localhost:5173'],
  });
  expect(settings).not.toHaveProperty('allowCredentials');
});

test.each([
  '*',
  'https://*',
  'https://*.example',
  'null',
  'portal.example',
  'http://portal.example',
  'https://portal.example/',
  'https://portal.example/path',
  'https://user@portal.example',
  'https://Portal.example',
])('what is no single origin ends the deployment, and is named: %s', (origin) => {
  expect(() => corsOf(`https://a.example ${origin}`)).toThrow(origin);
});
