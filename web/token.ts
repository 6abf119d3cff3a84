const KEY = 'jobmeter.token';

/** The token of this tab; gone with it. */
export const storedToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;
export const storeToken = (token: string): void => sessionStorage.setItem(KEY, token);
export const forgetToken = (): void => sessionStorage.removeItem(KEY);

/** What was pasted without what is often pasted with it: spaces, line ends, quotes, the word Bearer. */
export const cleanToken = (pasted: string): string =>
  pasted.replace(/[\s"']/g, '').replace(/^(authorization:)?bearer/i, '');

/** Three parts of base64url, as every signed token has. */
export const looksLikeToken = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);

interface Claims {
  readonly projects?: unknown;
}

const claimsOf = (token: string): Claims => {
  try {
    const [, payload = ''] = token.split('.');
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
  } catch {
    return {};
  }
};

/** Whether a token says it is for all projects. The API decides; this only chooses what to offer. */
export const isForAllProjects = (token: string): boolean => {
  const { projects } = claimsOf(token);
  return Array.isArray(projects) && projects[0] === '*';
};
