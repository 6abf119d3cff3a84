const KEY = 'jobmeter.token';

/** The token of this tab, forgotten when the tab is closed. */
export const storedToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;
export const storeToken = (token: string): void => sessionStorage.setItem(KEY, token);
export const forgetToken = (): void => sessionStorage.removeItem(KEY);

/** A pasted token without white space, quotes and the word Bearer. */
export const cleanToken = (pasted: string): string =>
  pasted.replace(/[\s"']/g, '').replace(/^(authorization:)?bearer/i, '');

/** Whether it has the three base64url parts of a signed token (RFC 7515). */
export const looksLikeToken = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);

interface Claims {
  readonly projects?: unknown;
  readonly scope?: unknown;
}

const claimsOf = (token: string): Claims => {
  try {
    const [, payload = ''] = token.split('.');
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
  } catch {
    return {};
  }
};

/** Whether a token claims all projects. It chooses what to offer; the API decides on access. */
export const isForAllProjects = (token: string): boolean => {
  const { projects } = claimsOf(token);
  return Array.isArray(projects) && projects[0] === '*';
};

/** What a token may be for besides reading usage. */
type Scope = 'budgets:write' | 'statements:approve' | 'operations:read';

/** Whether a token claims a scope. It chooses what to offer, as above. */
export const hasScope = (token: string, scope: Scope): boolean => {
  const { scope: claimed } = claimsOf(token);
  return typeof claimed === 'string' && claimed.split(' ').includes(scope);
};

/** Whether a token may read the state of the stage. */
export const mayOperate = (token: string): boolean =>
  isForAllProjects(token) && hasScope(token, 'operations:read');
