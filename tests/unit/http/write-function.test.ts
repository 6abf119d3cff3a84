import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LOCAL_TOKEN_SECRET } from '../../../lib/config.ts';
import { ok } from '../../../lib/http/answers.ts';
import { parseJsonBody } from '../../../lib/http/json-body.ts';
import { issueToken, type Scope } from '../../../lib/http/tokens.ts';
import { writeFunction } from '../../../lib/http/write-function.ts';
import { createWorld, type World } from '../operations/world.ts';
import { eventOf, NOW, type Sent } from './requests.ts';

let world: World;
beforeEach(async () => {
  vi.stubEnv('STAGE', 'local');
  vi.stubEnv('TOKEN_SECRET', LOCAL_TOKEN_SECRET);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  world = await createWorld({ now: '2026-10-01T08:00:00Z' });
});
afterEach(() => vi.unstubAllEnvs());

const SHAPE = v.object({ amount: v.string('must be a string') });
const CONTEXT = { awsRequestId: 'request-1' } as Context;

interface Claims {
  readonly projects?: readonly string[];
  readonly scopes?: readonly Scope[];
  readonly subject?: string | undefined;
}

const tokenOf = ({ projects = ['proj-1'], scopes = ['budgets:write'], subject }: Claims) =>
  issueToken(
    LOCAL_TOKEN_SECRET,
    { projects, scopes, expiresInSeconds: 60, ...(subject !== undefined && { subject }) },
    NOW,
  );

/** The answer to a write, and whether the table was opened for it. */
const write = async ({ headers, ...sent }: Sent, claims: Claims | undefined, more: object = {}) => {
  let isOpened = false;
  const handler = writeFunction(
    { scope: 'budgets:write', parse: (request) => parseJsonBody(request, SHAPE, 'budget') },
    async ({ projectId, parsed, actor }) => ok({ projectId, parsed, actor }),
    {
      now: () => NOW,
      openContext: () => {
        isOpened = true;
        return world.open();
      },
    },
  );
  const authorization = claims && { authorization: `Bearer ${await tokenOf(claims)}` };
  const event = eventOf({
    method: 'PUT',
    body: '{"amount":"1"}',
    ...sent,
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
  });
  const answer = await handler({ ...event, pathParameters: { projectId: 'proj-1' }, ...more }, CONTEXT);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? ''), isOpened };
};

const ANA = { subject: 'ana' };

describe('a write', () => {
  test('is made in the name of the subject of the token', async () => {
    expect(await write({}, ANA)).toEqual({
      status: 200,
      body: { projectId: 'proj-1', parsed: { amount: '1' }, actor: { kind: 'token', id: 'ana' } },
      isOpened: true,
    });
  });

  test.each<[name: string, status: number, sent: Sent, claims: Claims | undefined, more: object]>([
    ['no token', 401, {}, undefined, {}],
    ['another scope', 403, {}, { ...ANA, scopes: ['usage:read'] }, {}],
    ['no subject', 403, {}, {}, {}],
    ['a foreign project', 404, {}, { ...ANA, projects: ['proj-2'] }, {}],
    ['a project that cannot be one', 404, {}, ANA, { pathParameters: { projectId: 'a#b' } }],
    ['a parameter', 422, {}, ANA, { queryStringParameters: { month: '2026-10' } }],
    ['another media type', 415, { headers: { 'content-type': 'text/plain' } }, ANA, {}],
    ['no JSON', 400, { body: '{' }, ANA, {}],
    ['another shape', 422, { body: '{"amount":1}' }, ANA, {}],
    ['a text', 422, { body: '"1"' }, ANA, {}],
    ['false', 422, { body: 'false' }, ANA, {}],
    ['null', 422, { body: 'null' }, ANA, {}],
    ['no body', 400, { body: '' }, ANA, {}],
    ['a huge body', 413, { body: 'x'.repeat(1_048_577) }, ANA, {}],
  ])('with %s is refused with %d before the table is used', async (_, status, sent, claims, more) => {
    const answer = await write(sent, claims, more);
    expect(answer).toMatchObject({ status, isOpened: false });
  });

  test('without a subject says that it needs one', async () => {
    const { body } = await write({}, {});
    expect(body.detail).toMatch(/no subject.*`sub`/);
  });

  test('that is foreign and malformed is foreign: the body says nothing of a project', async () => {
    expect(await write({ body: '{' }, { ...ANA, projects: ['proj-2'] })).toMatchObject({ status: 404 });
  });
});
