import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Refusal } from '../refusal.ts';
import type { HttpAnswer } from './answers.ts';
import { type HttpRequest, toRequest } from './http-request.ts';
import { faultAnswer, refusalAnswer, toRefusal } from './problem.ts';

type HttpMiddleware = MiddlewareObj<APIGatewayProxyEventV2, HttpAnswer>;

type Fields = Readonly<Record<string, unknown>>;
/** Fields for the log line of each request. */
type Notes = WeakMap<object, Fields>;

/** Adds fields to the log line of a request. Ids only, never contents. */
export type Note = (fields: Fields) => void;

export interface HandlerOptions {
  readonly logger: Pick<Logger, 'info' | 'error'>;
  /** Whether a request that went well is logged; all others are. */
  readonly isSampled: () => boolean;
  /** The route of a function that also has a URL of its own, where any method and path arrive. */
  readonly urlRoute: string | undefined;
}

/** Answers depend on the token: by default none is cached or rendered as a page. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

/** Adds the id of the request, as in its log line, and {@link SECURITY_HEADERS}. */
const commonHeaders = (): HttpMiddleware => {
  const add: NonNullable<HttpMiddleware['after']> = (request) => {
    request.response = {
      ...request.response,
      headers: {
        ...SECURITY_HEADERS,
        'x-request-id': request.context.awsRequestId,
        ...request.response?.headers,
      },
    };
  };
  return { after: add, onError: add };
};

/** Turns errors into problem details. Unexpected ones are logged with the request id. */
const problems = ({ logger }: HandlerOptions, noteFor: (event: object) => Note): HttpMiddleware => ({
  onError: (request) => {
    const refusal = toRefusal(request.error);
    const requestId = request.context.awsRequestId;
    noteFor(request.event)({ problem: refusal?.code ?? 'internal' });
    if (!(request.error instanceof Refusal)) {
      logger.error(refusal ? 'not available' : 'unexpected error', { requestId, error: request.error });
    }
    request.response = refusal ? refusalAnswer(refusal, request.event.routeKey) : faultAnswer(requestId);
  },
});

/** Gives a request to the URL of a function its route. Others than that route are not found. */
const routeOfUrl = (urlRoute: string): HttpMiddleware => ({
  before: ({ event }) => {
    if (event.routeKey !== '$default') return;
    if (`${event.requestContext.http.method} ${event.rawPath}` !== urlRoute)
      throw new Refusal('not-found', `this address takes ${urlRoute} only`);
    event.routeKey = urlRoute;
  },
});

/** One log line per request, if it went well for a sample only. Never bodies, headers or parameters: they may contain secrets. */
const requestLog = ({ logger, isSampled }: HandlerOptions, notes: Notes): HttpMiddleware => {
  const startedAt = new WeakMap<object, number>();
  const log: NonNullable<HttpMiddleware['after']> = ({ event, context, response }) => {
    if ((response?.statusCode ?? 500) < 400 && !isSampled()) return;
    logger.info('request', {
      requestId: context.awsRequestId,
      method: event.requestContext.http.method,
      route: event.routeKey,
      status: response?.statusCode,
      ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
      ...notes.get(event),
    });
  };
  return {
    before: ({ event }) => {
      startedAt.set(event, performance.now());
    },
    after: log,
    onError: log,
  };
};

/**
 * A Lambda handler for one route; `handle` returns the answer or throws a `Refusal`. Middlewares
 * wrap from the outside in, so the log line shows the answer as sent.
 */
export const httpHandler = (
  handle: (request: HttpRequest, note: Note) => Promise<HttpAnswer>,
  {
    logger = new Logger({ serviceName: 'jobmeter' }),
    isSampled = () => true,
    urlRoute,
  }: Partial<HandlerOptions> = {},
) => {
  const options = { logger, isSampled, urlRoute };
  const notes: Notes = new WeakMap();
  const noteFor =
    (event: object): Note =>
    (fields) =>
      notes.set(event, { ...notes.get(event), ...fields });
  const handler = middy(
    async (event: APIGatewayProxyEventV2): Promise<HttpAnswer> => handle(toRequest(event), noteFor(event)),
  )
    .use(requestLog(options, notes))
    .use(commonHeaders())
    .use(problems(options, noteFor));
  return urlRoute === undefined ? handler : handler.use(routeOfUrl(urlRoute));
};
