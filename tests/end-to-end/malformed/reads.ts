import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  foreignText,
  forgedKey,
  headerText,
  longText,
  type Malformed,
  secondsOf,
  type Target,
} from './request.ts';

const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** Made here, not by the code under test: its parts may be anything. */
const tokenOf = (header: string, claims: string, secret: string, hash = 'sha256'): string => {
  const content = `${base64url(header)}.${base64url(claims)}`;
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`;
};

const HS256 = '{"alg":"HS256"}';

const claimsOf = (target: Target, changed: object = {}) =>
  JSON.stringify({
    projects: [target.projectId],
    scope: 'usage:read',
    exp: secondsOf(target) + 3_600,
    ...changed,
  });

/** A signed token with these claims in place of the usual ones. */
export const signedToken = (target: Target, changed: object): string =>
  tokenOf(HS256, claimsOf(target, changed), target.tokenSecret);

/** A token as it should be. */
export const rightToken = (target: Target): string => signedToken(target, {});

const get = (
  kind: string,
  expected: readonly number[],
  path: string,
  authorization: string,
  atDoor = false,
): Malformed => ({
  kind,
  method: 'GET',
  path,
  headers: [['authorization', authorization]],
  body: Buffer.alloc(0),
  expected,
  atDoor,
});

const pathsOf = ({ projectId, jobId, month }: Target) => [
  '/v1/projects',
  `/v1/projects/${projectId}/usage`,
  `/v1/projects/${projectId}/jobs`,
  `/v1/projects/${projectId}/statements`,
  `/v1/projects/${projectId}/statements/${month}`,
  `/v1/projects/${projectId}/statements/${month}/charges`,
  `/v1/projects/${projectId}/jobs/${jobId}`,
  `/v1/projects/${projectId}/reconciliations/${month}`,
  `/v1/projects/${projectId}/export?from=${month}`,
  `/v1/projects/${projectId}/budgets`,
  `/v1/projects/${projectId}/budgets/monthly`,
];

const FOR_OPERATORS = ['/v1/operations', '/v1/operations/log'];

/** A read that would be answered, if the token were one. */
export const wrongTokens = (target: Target): fc.Arbitrary<Malformed> => {
  const { tokenSecret } = target;
  const now = secondsOf(target);
  const claims = claimsOf(target);
  const right = rightToken(target);

  const part = fc.oneof(fc.stringMatching(/^[\w-]{0,40}$/), fc.json().map(base64url));
  const notToken = fc.oneof(
    headerText,
    fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
    fc.constantFrom(
      `${right}.`,
      `.${right}`,
      `${right}!`,
      right.slice(0, -1),
      `${right} ${right}`,
      `${right},${right}`,
    ),
  );
  const forged = fc.constantFrom(
    tokenOf(HS256, claims, `${tokenSecret}x`),
    tokenOf(HS256, claims, ''),
    tokenOf('{"alg":"HS512"}', claims, tokenSecret, 'sha512'),
    tokenOf('{"alg":"RS256"}', claims, tokenSecret),
    tokenOf('{"alg":"none"}', claims, tokenSecret),
    tokenOf('{"alg":["HS256"]}', claims, tokenSecret),
    tokenOf('{"alg":"HS256","crit":["b64"],"b64":false}', claims, tokenSecret),
    `${base64url('{"alg":"none"}')}.${base64url(claims)}.`,
    `${base64url('{"alg":"NoNe"}')}.${base64url(claims)}.`,
  );
  const wrongClaims = fc.oneof(
    fc
      .jsonValue()
      .filter((value) => !Array.isArray(value))
      .map((projects) => ({ projects })),
    fc.constantFrom<object>(
      ...[{ projects: ['*', 'a'] }, { projects: [1] }, { projects: ['a#b'] }, { projects: [['*']] }],
      ...[{ exp: now - 1 }, { exp: String(now + 60) }, { exp: null }, { nbf: now + 3_600 }, { nbf: '0' }],
    ),
  );
  const notScope = fc.oneof(
    fc.string().filter((text) => !text.split(' ').includes('usage:read')),
    fc.constantFrom<unknown>(['usage:read'], null, 1, 'USAGE:READ', 'usage:read,x', 'usage:write'),
  );
  const signed = (changed: object) => tokenOf(HS256, claimsOf(target, changed), tokenSecret);

  const authorization = fc.oneof(
    fc.oneof(notToken, forged, wrongClaims.map(signed)).map((token) => `Bearer ${token}`),
    fc.constantFrom(`Basic ${right}`, right, `Bearer: ${right}`, `Bearer\t${right}`, 'Bearer', ''),
  );
  const path = fc.constantFrom(...pathsOf(target), ...FOR_OPERATORS);
  const ofSomeProjects = { scope: 'usage:read operations:read' };
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...FOR_OPERATORS), fc.constantFrom({}, { projects: ['*'] }, ofSomeProjects))
        .map(([to, claims]) => get('operator', [403], to, `Bearer ${signed(claims)}`)),
    },
    {
      weight: 5,
      arbitrary: fc.tuple(path, authorization).map(([to, sent]) => get('token', [401], to, sent)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(path, notScope)
        .map(([to, scope]) => get('scope', [403], to, `Bearer ${signed({ scope })}`)),
    },
  );
};

/** With a token as it should be, for what there is not. */
export const wrongReads = (target: Target): fc.Arbitrary<Malformed> => {
  const { projectId, jobId, month } = target;
  const project = `/v1/projects/${projectId}`;
  const authorization = `Bearer ${rightToken(target)}`;
  // With a token for all projects it is the id alone that is wrong.
  const everything = `Bearer ${tokenOf(HS256, claimsOf(target, { projects: ['*'] }), target.tokenSecret)}`;
  const ofOperator = { projects: ['*'], scope: 'operations:read' };
  const operator = `Bearer ${tokenOf(HS256, claimsOf(target, ofOperator), target.tokenSecret)}`;
  const notFound = (path: string) => get('path', [404], path, everything);
  const invalid = (path: string) => get('parameter', [422], path, authorization);
  const encoded = (text: fc.Arbitrary<string>) => text.map((one) => encodeURIComponent(one.toWellFormed()));

  const notId = encoded(
    fc.oneof(
      fc.oneof(foreignText, forgedKey, longText),
      fc.constantFrom('\u0000', 'a/b', 'a b', '*', "' or 1=1", '\r\nset-cookie: x'),
    ),
  );
  const oddMonth = encoded(
    fc.oneof(
      foreignText,
      fc.constantFrom('2026-13', '2026-00', '1999-12', '2026', '2026-1', '12026-10', '2026-10-01', 'null'),
      fc.constantFrom(`${month},${month}`, `${month} `, `${month}#`),
    ),
  );
  const oddLimit = encoded(
    fc.oneof(
      foreignText,
      fc.constantFrom('', '0', '-1', '1001', '1e2', '0x10', '1.5', 'all', '5,5', '9'.repeat(99)),
    ),
  );
  const oddCursor = fc.oneof(
    encoded(foreignText),
    fc.constantFrom('["a#b"]', '["a","b","c","d"]', '[null]', '[]', `["${'x'.repeat(129)}"]`).map(base64url),
    fc
      .jsonValue()
      .filter((value) => !Array.isArray(value))
      .map((value) => base64url(JSON.stringify(value))),
  );

  const ofProject = fc.constantFrom(
    'usage',
    'jobs',
    `jobs/${jobId}`,
    'statements',
    `statements/${month}`,
    `statements/${month}/charges`,
    `reconciliations/${month}`,
    'budgets',
    'budgets/monthly',
  );
  const ofMonth = fc.constantFrom('/v1/projects', `${project}/usage`, `${project}/jobs`);
  const paged = fc.constantFrom('/v1/projects', `${project}/jobs`, `${project}/statements/${month}/charges`);
  return fc.oneof(
    notId.map((id) => notFound(`${project}/jobs/${id}`)),
    fc.tuple(notId, ofProject).map(([id, rest]) => notFound(`/v1/projects/${id}/${rest}`)),
    fc.tuple(ofMonth, oddMonth).map(([path, odd]) => invalid(`${path}?month=${odd}`)),
    fc
      .tuple(oddMonth, fc.constantFrom('', '/charges'))
      .map(([odd, rest]) => invalid(`${project}/statements/${odd}${rest}`)),
    fc.tuple(paged, oddLimit).map(([path, odd]) => invalid(`${path}?limit=${odd}`)),
    fc
      .tuple(paged, fc.constantFrom('Month', 'status[]', 'groupBy', '__proto__', 'limit%00', '%20'))
      .map(([path, unknown]) => invalid(`${path}?${unknown}=1`)),
    fc.tuple(paged, oddCursor).map(([path, odd]) => invalid(`${path}?cursor=${odd}`)),
    fc
      .oneof(
        oddMonth.map((odd) => `month=${odd}`),
        oddLimit.map((odd) => `limit=${odd}`),
        oddCursor.map((odd) => `cursor=${odd}`),
      )
      .map((query) => get('parameter', [422], `/v1/operations/log?${query}`, operator)),
  );
};

/** Requests that reach no function: paths that are no route, or no paths. */
export const wrongRoutes = (target: Target): fc.Arbitrary<Malformed> => {
  const project = `/v1/projects/${target.projectId}`;
  const authorization = `Bearer ${rightToken(target)}`;
  const path = fc.oneof(
    fc.webPath().map((odd) => `/none${odd}`),
    fc.constantFrom(
      ...[
        '/index.html',
        '/v1',
        '/v1/',
        '/v2/projects',
        '/v1/events',
        '/v1/invoices',
        '/v1/projects//usage',
        '/__proto__',
      ],
      ...[
        '/v1/projects/%zz/usage',
        `${project}/jobs/%`,
        `${project}/jobs/%c3`,
        '/v1/%2e%2e/%2e%2e/etc/passwd',
        '/.env',
      ],
    ),
  );
  return path.map((odd) => get('route', [400, 404], odd, authorization, true));
};
