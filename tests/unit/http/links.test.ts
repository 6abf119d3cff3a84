import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { LOCAL_TOKEN_SECRET } from '../../../lib/config.ts';
import { createLink, parseLinkRequest, signingSecretOf } from '../../../lib/http/links.ts';
import { createTokenVerifier } from '../../../lib/http/tokens.ts';
import { isRouteOf, projectRoute } from '../../../lib/shapes/link.ts';
import { refusalOf } from './refused.ts';
import { NOW, requestOf } from './requests.ts';

const MINUTE_MS = 60_000;
const LINK = {
  origin: 'https://api.example',
  projectId: 'a:b',
  to: '/projects/a%3Ab?sort=cost',
  expiresInMs: 15 * MINUTE_MS,
};

/** The token in the fragment of a link, and where it leads. */
const fragmentOf = (url: string) => {
  const { origin, pathname, search, hash } = new URL(url);
  expect([origin, pathname, search]).toEqual(['https://api.example', '/', '']);
  const parameters = new URLSearchParams(hash.slice(1));
  return { token: parameters.get('token') ?? '', to: parameters.get('to') };
};

describe('a sign-in link', () => {
  test('has a token for its project alone in its fragment, and the page it leads to', async () => {
    const { url, expiresAt } = await createLink(LOCAL_TOKEN_SECRET, LINK, NOW);
    const { token, to } = fragmentOf(url);
    expect(to).toBe('/projects/a%3Ab?sort=cost');
    expect(expiresAt).toBe(new Date(NOW + 15 * MINUTE_MS).toISOString());
    const verify = createTokenVerifier({ kind: 'secret', secret: LOCAL_TOKEN_SECRET, mayLastForEver: false });
    const endsAt = Date.parse(expiresAt);
    await expect(verify(`Bearer ${token}`, NOW)).resolves.toEqual({
      ...{ projects: ['a:b'], scopes: ['usage:read'], endsAt },
    });
    await expect(verify(`Bearer ${token}`, endsAt)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(decodeJwt(token).scope).toBe('usage:read');
  });

  test.each([
    ['is cut at the end of the token of its request', NOW + 5 * MINUTE_MS, 5 * MINUTE_MS],
    ['is as long as requested within a longer one', NOW + 60 * MINUTE_MS, 15 * MINUTE_MS],
    ['is as long as requested with one that never ends', undefined, 15 * MINUTE_MS],
  ])('%s', async (_, endsAt, lastsMs) => {
    const caller = endsAt === undefined ? {} : { endsAt };
    // Within a second: a token counts whole ones.
    const { url, expiresAt } = await createLink(LOCAL_TOKEN_SECRET, LINK, NOW + 999, caller);
    expect(Date.parse(expiresAt)).toBe(NOW + lastsMs);
    expect(decodeJwt(fragmentOf(url).token).exp).toBe((NOW + lastsMs) / 1000);
  });

  test('is not made by a stage whose tokens come from an identity provider', async () => {
    const issuer = 'https://id.example';
    const jwks = { kind: 'jwks', url: `${issuer}/keys`, issuer, audience: 'jobmeter' } as const;
    expect(await refusalOf(() => signingSecretOf(jwks))).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(issuer),
    });
  });
});

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const parse = (body: unknown, headers: Readonly<Record<string, string>> = JSON_TYPE) =>
  parseLinkRequest(requestOf({ headers, body: typeof body === 'string' ? body : JSON.stringify(body) }));

describe('a request for a link', () => {
  test('names a project, and where it may a page of it and a lifetime', () => {
    expect(parse({ projectId: 'proj-1' })).toEqual({ projectId: 'proj-1' });
    expect(parse({ projectId: 'a:b', to: '/projects/a%3Ab/2026-10', expiresIn: 'PT1H', more: 1 })).toEqual({
      projectId: 'a:b',
      to: '/projects/a%3Ab/2026-10',
      expiresIn: 3_600_000,
    });
  });

  test.each<[name: string, body: unknown, pointer: string]>([
    ['a list', [], '/projectId'],
    ['null', null, ''],
    ['no project', {}, '/projectId'],
    ['all projects', { projectId: '*' }, '/projectId'],
    ['several projects', { projectId: ['proj-1'] }, '/projectId'],
    ['more than an hour', { projectId: 'proj-1', expiresIn: 'PT1H1S' }, '/expiresIn'],
    ['no time', { projectId: 'proj-1', expiresIn: 'PT0S' }, '/expiresIn'],
    ['less than no time', { projectId: 'proj-1', expiresIn: '-PT5M' }, '/expiresIn'],
    ['half a second', { projectId: 'proj-1', expiresIn: 'PT0.5S' }, '/expiresIn'],
    ['a number of minutes', { projectId: 'proj-1', expiresIn: 15 }, '/expiresIn'],
    ['the page of another project', { projectId: 'proj-1', to: '/projects/proj-2' }, '/to'],
    ['another site', { projectId: 'proj-1', to: 'https://elsewhere.example/projects/proj-1' }, '/to'],
    ['a route with a space', { projectId: 'proj-1', to: '/projects/proj-1/ 2026-10' }, '/to'],
  ])('is refused for %s', async (_, body, pointer) => {
    const refusal = await refusalOf(() => parse(body));
    expect(refusal).toMatchObject({ code: 'invalid', errors: [{ pointer }] });
  });

  test('has no parameters', async () => {
    const request = {
      ...requestOf({ headers: JSON_TYPE, body: '{"projectId":"proj-1"}' }),
      query: { foo: '1' },
    };
    expect(await refusalOf(() => parseLinkRequest(request))).toMatchObject({
      ...{ code: 'invalid', errors: [{ pointer: 'foo' }] },
    });
  });

  test('is JSON, and says so', async () => {
    expect(await refusalOf(() => parse('{'))).toMatchObject({ code: 'not-json' });
    for (const headers of [{}, { 'content-type': 'text/plain' }])
      expect(await refusalOf(() => parse({ projectId: 'proj-1' }, headers))).toMatchObject({
        code: 'unsupported-media-type',
      });
  });
});

describe('a route', () => {
  test.each(['proj-1', 'a:b', '.', 'jobs'])(
    'of the project %s is one of it, and of no other',
    (projectId) => {
      const route = projectRoute(projectId);
      for (const within of [route, `${route}/2026-10`, `${route}?sort=cost`, `${route}/jobs/projects`])
        expect(isRouteOf(projectId, within)).toBe(true);
      for (const beyond of [
        `${route}-2`,
        `/projects/${projectId}x`,
        `/other${route}`,
        route.slice(1),
        `${route}#x`,
      ])
        expect(isRouteOf(projectId, beyond)).toBe(false);
    },
  );

  test.each(['', '/', '/projects', '/projects/', '/projects//2026-10', '/projects/%', '/projects/%E0%A4%A'])(
    '%j is of no project',
    (route) => {
      for (const projectId of ['proj-1', '', 'undefined']) expect(isRouteOf(projectId, route)).toBe(false);
    },
  );
});
