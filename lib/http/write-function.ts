import { readTableConfig, readTokenConfig } from '../config.ts';
import { type Connection, connect } from '../connect.ts';
import type { BillingContext } from '../operations/billing-context.ts';
import { Refusal } from '../refusal.ts';
import type { Actor } from '../store/action-log.ts';
import type { HttpAnswer } from './answers.ts';
import { httpHandler } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { visibleProject } from './read-function.ts';
import { refuseUnknown } from './read-queries.ts';
import { createTokenVerifier, type Grant, type Scope } from './tokens.ts';

/** Input of a write to one project, in the name of a person. */
export interface Write<Parsed> {
  readonly request: HttpRequest;
  readonly projectId: string;
  /** What the request says, validated. */
  readonly parsed: Parsed;
  readonly actor: Actor;
  readonly context: BillingContext;
  /** Epoch milliseconds. */
  readonly now: number;
}

interface WriteOptions<Parsed> {
  readonly scope: Scope;
  /** Reads path and body, or refuses them. */
  readonly parse: (request: HttpRequest) => Parsed;
}

/** Who writes, for the log of actions. */
const actorOf = ({ subject }: Grant): Actor => {
  if (subject !== undefined) return { kind: 'token', id: subject };
  throw new Refusal(
    'forbidden',
    'the token has no subject: a change is logged with who made it, so its claim `sub` must say that',
  );
};

/**
 * Handler of a write: verifies the bearer token, its scope, subject and project, and the whole of
 * the request, before any access to the table.
 */
export const writeFunction = <Parsed>(
  { scope, parse }: WriteOptions<Parsed>,
  write: (write: Write<Parsed>) => Promise<HttpAnswer>,
  connection: Pick<Connection, 'now' | 'openContext'> = connect(readTableConfig()),
) => {
  const authorize = createTokenVerifier(readTokenConfig());
  return httpHandler(async (request, note) => {
    const now = connection.now();
    const grant = await authorize(request.headers.get('authorization'), now, scope);
    const actor = actorOf(grant);
    const projectId = visibleProject({ request, grant });
    refuseUnknown(request.query);
    const parsed = parse(request);
    note({ projectId });
    return write({ request, projectId, parsed, actor, context: await connection.openContext('write'), now });
  });
};
