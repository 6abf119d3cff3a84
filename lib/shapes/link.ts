import * as v from 'valibot';
import { isoDurationMs } from '../billing/duration.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../billing/minutes.ts';
import { text } from './fields.ts';
import { id, openObject, time, words } from './members.ts';

/** How long a link is valid if nothing else is stated. */
export const LINK_MS = 15 * MINUTE_MS;

/** Whether a link may be valid for so long. */
export const isLinkLifetime = (ms: number): boolean =>
  Number.isInteger(ms / SECOND_MS) && ms >= SECOND_MS && ms <= HOUR_MS;

const LIFETIME_RULE = 'must be an ISO 8601 duration from PT1S to PT1H, like PT15M';

/** The project of a route of the page, `/projects/<projectId>/…`; undefined if it has none. */
const projectOf = (route: string): string | undefined => {
  try {
    return decodeURIComponent(/^\/projects\/([^/?#]+)([/?].*)?$/.exec(route)?.[1] ?? '') || undefined;
  } catch {
    return undefined;
  }
};

/** Whether a route of the page is one of a project. */
export const isRouteOf = (projectId: string, route: string): boolean => projectOf(route) === projectId;

/** The page of a project. */
export const projectRoute = (projectId: string): string => `/projects/${encodeURIComponent(projectId)}`;

const ROUTE_RULE = 'must be a page of the project, like /projects/proj-1/2026-10';

/** What a sign-in link is requested for. Unknown members are ignored. */
export const LinkRequest = v.pipe(
  v.object(
    {
      projectId: id('The project that the link shows, and no other.'),
      to: v.exactOptional(
        v.pipe(
          text(/^[\x21-\x7e]{1,1024}$/, ROUTE_RULE),
          v.description(
            'The page it leads to: what its address has after `#`, like `/projects/proj-1/2026-10/statement`. Default: the project.',
          ),
        ),
      ),
      expiresIn: v.exactOptional(
        v.pipe(
          v.string(LIFETIME_RULE),
          v.transform(isoDurationMs),
          v.check(isLinkLifetime, LIFETIME_RULE),
          v.description(
            'How long it is valid, an ISO 8601 duration up to `PT1H`, and never longer than the token of the request. Default: `PT15M`.',
          ),
        ),
      ),
    },
    ({ received }) => (received === 'undefined' ? 'is missing' : 'must be an object'),
  ),
  v.forward(
    v.check(({ projectId, to }) => to === undefined || isRouteOf(projectId, to), ROUTE_RULE),
    ['to'],
  ),
  v.description('What a sign-in link is for.'),
);
export type LinkRequest = v.InferOutput<typeof LinkRequest>;

export const Link = openObject('A sign-in link.', {
  url: words(
    'The address of the page, with a token in its fragment. Whoever has it can read the project: give it to one reader, and store it nowhere.',
  ),
  expiresAt: time('When its token ends'),
});
export type Link = v.InferOutput<typeof Link>;
