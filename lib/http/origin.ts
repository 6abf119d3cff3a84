import type { HttpRequest } from './http-request.ts';

/** Stands for the address of the API in files that are built before it is known (RFC 2606). */
export const ORIGIN = 'https://origin.invalid';

const HOST = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/;
const PREFIX = /^(\/[A-Za-z0-9._~-]+)*$/;

/** Part of the path before the route: a mapping of a custom domain, or a named stage. */
const prefixOf = ({ path, route }: HttpRequest): string => {
  const ownPath = route.replace(/^[A-Z]+ /, '').replace(/^\/$/, '');
  const prefix = path.endsWith(ownPath) ? path.slice(0, path.length - ownPath.length) : '';
  return PREFIX.test(prefix) ? prefix : '';
};

/**
 * The address under which the caller reaches this API, without a slash at its end: always safe in
 * JSON, HTML and a shell. The gateway takes requests for its own hosts only.
 */
export const originOf = (request: HttpRequest): string => {
  const host = request.headers.get('host') ?? '';
  const scheme = request.headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return HOST.test(host) ? `${scheme}://${host}${prefixOf(request)}` : ORIGIN;
};
