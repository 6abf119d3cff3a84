import { linkTo, parseRoute } from './route.ts';
import { cleanToken } from './token.ts';

/** A sign-in link: `#token=<jwt>&to=<route>`, the route percent-encoded. */
export interface SignInLink {
  readonly token: string;
  /** Always an address of this page, whatever the link names. */
  readonly to: string;
}

/** The sign-in link in the hash of a URL, if it is one; its token may be broken. */
export const readSignInLink = (hash: string): SignInLink | undefined => {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const token = parameters.get('token');
  if (token === null) return undefined;
  return { token: cleanToken(token), to: linkTo(parseRoute(parameters.get('to') ?? '')) };
};
