import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { LOCAL_TOKEN_SECRET } from '../../../lib/config.ts';
import { createTokenVerifier, issueToken, sees } from '../../../lib/http/tokens.ts';
import { Refusal } from '../../../lib/refusal.ts';
import { refusalOf } from './refused.ts';
import { NOW } from './requests.ts';

const NOW_SECONDS = NOW / 1000;
const HOUR_SECONDS = 3600;
const CLAIMS = { projects: ['proj-1'], scope: 'usage:read', exp: NOW_SECONDS + HOUR_SECONDS };

const bytes = (text: string) => new TextEncoder().encode(text);

const signed = (claims: JWTPayload, alg = 'HS256', secret = LOCAL_TOKEN_SECRET) =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(bytes(secret));

describe('with a shared secret', () => {
  const authorize = createTokenVerifier({ kind: 'secret', secret: LOCAL_TOKEN_SECRET, mayLastForEver: true });
  const authorizeClaims = async (claims: JWTPayload) => authorize(`Bearer ${await signed(claims)}`, NOW);

  test('a token grants the projects it lists and no other', async () => {
    const token = await issueToken(
      LOCAL_TOKEN_SECRET,
      { projects: ['proj-1', 'proj-2'], expiresInSeconds: HOUR_SECONDS },
      NOW,
    );
    const grant = await authorize(`Bearer ${token}`, NOW);
    expect(grant).toEqual({
      projects: ['proj-1', 'proj-2'],
      scopes: ['usage:read'],
      endsAt: NOW + HOUR_SECONDS * 1000,
    });
    expect(['proj-1', 'proj-2', 'proj-3', '*', ''].map((id) => sees(grant, id))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('a token for all projects sees each of them', async () => {
    const token = await issueToken(
      LOCAL_TOKEN_SECRET,
      { projects: 'all', expiresInSeconds: HOUR_SECONDS },
      NOW,
    );
    const grant = await authorize(`bearer  ${token}`, NOW);
    expect(grant.projects).toBe('all');
    expect(sees(grant, 'proj-1')).toBe(true);
  });

  test('a token of no project sees none', async () => {
    const grant = await authorizeClaims({ ...CLAIMS, projects: [] });
    expect(sees(grant, 'proj-1')).toBe(false);
  });

  test('a token without an end is good on the local stage only', async () => {
    const endless = `Bearer ${await signed({ projects: ['proj-1'], scope: 'usage:read' })}`;
    await expect(authorize(endless, NOW)).resolves.toEqual({ projects: ['proj-1'], scopes: ['usage:read'] });
    const deployed = createTokenVerifier({
      kind: 'secret',
      secret: LOCAL_TOKEN_SECRET,
      mayLastForEver: false,
    });
    expect((await refusalOf(() => deployed(endless, NOW))).code).toBe('unauthenticated');
  });

  test('a token is good until the second it expires', async () => {
    const token = await issueToken(LOCAL_TOKEN_SECRET, { projects: 'all', expiresInSeconds: 60 }, NOW);
    await expect(authorize(`Bearer ${token}`, NOW + 59_999)).resolves.toEqual({
      projects: 'all',
      scopes: ['usage:read'],
      endsAt: NOW + 60_000,
    });
    const refusal = await refusalOf(() => authorize(`Bearer ${token}`, NOW + 60_000));
    expect(refusal).toMatchObject({ code: 'unauthenticated', message: 'the token has expired' });
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic dTpw', 'Bearer a b'])(
    '%j is no bearer token',
    async (header) => {
      const refusal = await refusalOf(() => authorize(header, NOW));
      expect(refusal).toMatchObject({ code: 'unauthenticated', message: 'a bearer token is required' });
    },
  );

  test.each([
    ['another secret', signed(CLAIMS, 'HS256', 'another-secret-of-more-than-32-characters')],
    ['another algorithm', signed(CLAIMS, 'HS512')],
    [
      'no signature',
      Promise.resolve(`${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(CLAIMS))}.`.replaceAll('=', '')),
    ],
    ['a changed claim', signed(CLAIMS).then((token) => token.replace(/\.(.)/, '.f'))],
  ])('a token with %s is not valid', async (_, token) => {
    const header = `Bearer ${await token}`;
    expect(await refusalOf(() => authorize(header, NOW))).toMatchObject({
      code: 'unauthenticated',
      message: 'the token is not valid',
    });
  });

  test.each([
    ['a start in the future', 'nbf', { nbf: NOW_SECONDS + 60 }],
    ['an end as text', 'exp', { exp: String(CLAIMS.exp) }],
  ])('of a token with %s the refusal names the claim %s', async (_, claim, changed) => {
    const refusal = await refusalOf(async () =>
      authorizeClaims({ ...CLAIMS, ...changed } as unknown as JWTPayload),
    );
    expect(refusal).toMatchObject({
      code: 'unauthenticated',
      message: `the claim ${claim} of the token is not accepted`,
    });
  });

  test.each([
    [undefined],
    ['proj-1'],
    [{ 0: 'proj-1' }],
    [[1]],
    [['']],
    [['a b']],
    [['*', 'proj-1']],
    [['proj-1', null]],
  ])('the projects %j are malformed', async (projects) => {
    const refusal = await refusalOf(() => authorizeClaims({ ...CLAIMS, projects }));
    expect(refusal.code).toBe('unauthenticated');
  });

  test.each([undefined, '', 'usage:write', 'usage:reader', 'xusage:read', ['usage:read']])(
    'the scope %j does not allow to read usage',
    async (scope) => {
      expect((await refusalOf(() => authorizeClaims({ ...CLAIMS, scope }))).code).toBe('forbidden');
    },
  );

  test('the scope may name more', async () => {
    const grant = await authorizeClaims({ ...CLAIMS, scope: 'openid usage:read' });
    expect(grant.projects).toEqual(['proj-1']);
  });

  test('any text as a token is refused', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc.constantFrom('HS256', 'none', 'RS256').map((alg) => btoa(JSON.stringify({ alg, crit: ['b64'] }))),
    );
    const anyToken = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(anyToken, async (token) => {
        const refusal = await refusalOf(() => authorize(`Bearer ${token}`, NOW));
        expect(refusal.code).toBe('unauthenticated');
      }),
    );
  });
});

describe('with the keys of an issuer', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  const listen = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  };

  const ISSUER = 'https://id.example';
  const verifierFor = (url: string) =>
    createTokenVerifier({ kind: 'jwks', url, issuer: ISSUER, audience: 'jobmeter' });
  const claims = { ...CLAIMS, iss: ISSUER, aud: 'jobmeter' };
  const { exp: _, ...endless } = claims;

  /** Publishes one key, with or without what it is for, and signs with it. */
  const issuer = async (alg: string, { namesAlgorithm = true } = {}) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: alg, ...(namesAlgorithm && { alg }) };
    let requests = 0;
    const url = await listen((_, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    const sign = async (payload: JWTPayload, header: object = {}) =>
      `Bearer ${await new SignJWT(payload).setProtectedHeader({ alg, kid: alg, ...header }).sign(privateKey)}`;
    return { url, jwk, publicKey, sign, requestCount: () => requests };
  };

  test.each(['RS256', 'ES256', 'EdDSA'])('a token signed with %s is valid', async (alg) => {
    const { url, sign } = await issuer(alg);
    await expect(verifierFor(url)(await sign(claims), NOW)).resolves.toMatchObject({ projects: ['proj-1'] });
  });

  test('the keys are fetched once', async () => {
    const { url, sign, requestCount } = await issuer('ES256');
    const authorize = verifierFor(url);
    await authorize(await sign(claims), NOW);
    await authorize(await sign(claims), NOW);
    expect(requestCount()).toBe(1);
  });

  test.each([
    ['issuer', { ...claims, iss: 'https://other.example' }, 'iss of the token is not accepted'],
    ['audience', { ...claims, aud: 'other' }, 'aud of the token is not accepted'],
    ['issuer at all', { ...CLAIMS, aud: 'jobmeter' }, 'iss of the token is missing'],
    ['kind, that never ends,', endless, 'exp of the token is missing'],
  ])('a token of the wrong %s is not valid', async (_, payload, rule) => {
    const { url, sign } = await issuer('ES256');
    const header = await sign(payload);
    expect(await refusalOf(() => verifierFor(url)(header, NOW))).toMatchObject({
      code: 'unauthenticated',
      message: `the claim ${rule}`,
    });
  });

  test('an unpublished key is not valid', async () => {
    const { url, sign } = await issuer('ES256');
    const header = await sign(claims, { kid: 'other' });
    expect((await refusalOf(() => verifierFor(url)(header, NOW))).code).toBe('unauthenticated');
  });

  test('a public key is no secret to sign with, in whatever form', async () => {
    const { url, jwk, publicKey } = await issuer('RS256', { namesAlgorithm: false });
    const pem = await exportSPKI(publicKey);
    for (const secret of [JSON.stringify(jwk), pem, pem.trim(), jwk.n ?? '']) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: jwk.kid })
        .sign(bytes(secret));
      expect((await refusalOf(() => verifierFor(url)(`Bearer ${forged}`, NOW))).code).toBe('unauthenticated');
    }
  });

  test.each(['PS256', 'RS512', 'ES384'])('a published key that signs with %s is not valid', async (alg) => {
    const { url, sign } = await issuer(alg, { namesAlgorithm: false });
    const header = await sign(claims);
    expect((await refusalOf(() => verifierFor(url)(header, NOW))).code).toBe('unauthenticated');
  });

  test('an unsigned token is not valid', async () => {
    const { url, jwk } = await issuer('ES256');
    const unsigned = [{ alg: 'none', kid: jwk.kid }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const header = `Bearer ${unsigned.join('.')}.`;
    expect((await refusalOf(() => verifierFor(url)(header, NOW))).code).toBe('unauthenticated');
  });

  test('a token that brings its own key, or the address of one, is not valid', async () => {
    const { url } = await issuer('ES256');
    const forger = await issuer('ES256');
    for (const header of [{ jwk: forger.jwk }, { jku: forger.url }, { x5u: forger.url }]) {
      const forged = await forger.sign(claims, header);
      expect((await refusalOf(() => verifierFor(url)(forged, NOW))).code).toBe('unauthenticated');
    }
    expect(forger.requestCount()).toBe(0);
  });

  test.each([
    ['an error', 500, ''],
    ['no JSON', 200, '<html>'],
    ['no keys', 200, '{}'],
  ])('an issuer that answers with %s makes no token invalid', async (_, status, body) => {
    const { sign } = await issuer('ES256');
    const header = await sign(claims);
    const url = await listen((_request, response) => response.writeHead(status).end(body));
    expect((await refusalOf(() => verifierFor(url)(header, NOW))).code).toBe('unavailable');
  });

  test('an issuer that cannot be reached makes no token invalid', async () => {
    const { url, sign } = await issuer('ES256');
    const header = await sign(claims);
    const server = servers.pop();
    if (server) await once(server.close(), 'close');
    expect(await refusalOf(() => verifierFor(url)(header, NOW))).toBeInstanceOf(Refusal);
    expect((await refusalOf(() => verifierFor(url)(header, NOW))).code).toBe('unavailable');
  });
});
