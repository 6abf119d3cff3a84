import { isIP } from 'node:net';

const LONGEST_URL = 2_000;
/** Where a TLS server may be: not the ports of mail, files and other services below them. */
const TLS_PORT = 443;
const FIRST_FREE_PORT = 1024;

/** Names of this machine, as `URL` has them: it writes addresses of every form in one way. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.has(hostname);

/** Names that lead nowhere in public. */
const NOT_PUBLIC = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|test|invalid|onion|arpa)\.?$/;

const hostRule = (hostname: string): string | undefined => {
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return 'must name its host, not give an address';
  const isName = hostname.replace(/\.$/, '').includes('.');
  return isName && !NOT_PUBLIC.test(hostname) ? undefined : 'must have a host with a public name';
};

const publicRule = (url: URL): string | undefined => {
  if (url.protocol !== 'https:') return 'must begin with https://';
  const port = url.port === '' ? TLS_PORT : Number(url.port);
  if (port !== TLS_PORT && port < FIRST_FREE_PORT) return 'must have port 443, or one from 1024 on';
  return hostRule(url.hostname);
};

const localRule = (url: URL): string | undefined => {
  if (!isLoopback(url)) return publicRule(url);
  return url.protocol === 'https:' || url.protocol === 'http:'
    ? undefined
    : 'must begin with http:// or https://';
};

/**
 * The rule that a URL of an endpoint breaks, if it does. Where a name leads is checked when it is
 * resolved. On the stage local, this machine may be an endpoint, without TLS.
 */
export const brokenUrlRule = (text: string, stage: string): string | undefined => {
  const url = URL.parse(text);
  if (url === null) return 'must be a URL like https://example.com/hooks';
  if (text.length > LONGEST_URL) return `must have at most ${LONGEST_URL} characters`;
  if (url.username !== '' || url.password !== '') return 'must have no user and password: events are signed';
  if (url.hash !== '') return 'must have no # part: it is not sent';
  return stage === 'local' ? localRule(url) : publicRule(url);
};
