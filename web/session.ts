import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Problem } from './api.ts';
import { readSignInLink } from './sign-in-link.ts';
import { forgetToken, looksLikeToken, storedToken, storeToken } from './token.ts';

/**
 * Takes the token of a sign-in link. The route takes the link's place in the address and in the
 * history of the tab, so that the token is seen once.
 */
export const takeSignInLink = (): string | undefined => {
  const link = readSignInLink(location.hash);
  if (!link) return undefined;
  history.replaceState(null, '', link.to);
  return link.token;
};

/**
 * The channel on which tabs of this origin hand the token on, from memory to memory: localStorage
 * would keep it on disk after the last tab is closed, for the next person at the machine.
 */
const TABS = 'jobmeter';

type Message =
  | { readonly kind: 'token-wanted' | 'signed-out' }
  | { readonly kind: 'token'; readonly token: string };

interface Signed {
  readonly token?: string | undefined;
  /** Why the token is no longer accepted. */
  readonly endedBy?: Problem | undefined;
  /** The token of a sign-in link, which is not checked yet. */
  readonly offered?: string | undefined;
}

/** How this tab is signed in, and how that changes. */
export interface Session extends Signed {
  signIn(token: string): void;
  /** Ends all tabs; with a problem, only this one, whose token was refused. */
  signOut(problem?: Problem): void;
  /** A sign-in link takes the place of the token that the tab has. */
  offer(token: string): void;
}

/** A tab without a token takes that of another, unless a link has brought it one to check. */
const adopted = (before: Signed, token: string): Signed =>
  before.token === undefined && before.offered === undefined && looksLikeToken(token) ? { token } : before;

/** The session of this tab. `link` is the token of the sign-in link that opened it. */
export const useSession = (link: string | undefined): Session => {
  const [signed, setSigned] = useState<Signed>(() =>
    link === undefined ? { token: storedToken() } : { offered: link },
  );
  const { token } = signed;
  useLayoutEffect(() => (token === undefined ? forgetToken() : storeToken(token)), [token]);

  const tabs = useRef<BroadcastChannel>(undefined);
  const tell = (message: Message) => tabs.current?.postMessage(message);
  useEffect(() => {
    const channel = new BroadcastChannel(TABS);
    tabs.current = channel;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      const held = storedToken();
      if (data.kind === 'token') setSigned((before) => adopted(before, data.token));
      else if (data.kind === 'signed-out') setSigned({});
      else if (held !== undefined) tell({ kind: 'token', token: held });
    };
    if (token === undefined && link === undefined) tell({ kind: 'token-wanted' });
    return () => channel.close();
  }, []);

  const steps = useMemo(
    () => ({
      signIn: (accepted: string) => {
        setSigned({ token: accepted });
        tell({ kind: 'token', token: accepted });
      },
      signOut: (problem?: Problem) => {
        setSigned({ endedBy: problem });
        if (!problem) tell({ kind: 'signed-out' });
      },
      offer: (offered: string) => setSigned({ offered }),
    }),
    [],
  );
  return { ...signed, ...steps };
};
