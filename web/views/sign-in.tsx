import { useEffect, useRef, useState } from 'preact/hooks';
import { createApi, Problem, paths } from '../api.ts';
import { cleanToken, looksLikeToken } from '../token.ts';

/** What is checked: a pasted token, or that of a link. */
type Kind = 'token' | 'sign-in link';

/** What a refused token means, and what to do about it. */
const adviceFor = (problem: Problem, kind: Kind): string => {
  const another = kind === 'token' ? 'and paste it here' : 'or paste a token here';
  if (problem.kind === 'signed-out')
    return /expired/.test(problem.message)
      ? `This ${kind} has expired. Get a new one where you got this one, ${another}.`
      : `This ${kind} is not valid here. Copy the whole of it, and check that it was issued for this installation.`;
  if (problem.kind === 'no-scope')
    return `This ${kind} is valid but may not read usage: it lacks the scope usage:read. Ask for one that has it.`;
  if (problem.kind === 'unreachable') return 'The API does not answer. Check your connection and try again.';
  return `The token could not be checked: ${problem.message}`;
};

const BROKEN = {
  token: 'This is not a whole token: one has three parts with a dot between them. Copy all of it.',
  'sign-in link':
    'This sign-in link is broken: there is no whole token in it. Copy all of the link, or paste a token here.',
} as const;

const check = async (token: string, kind: Kind, signal: AbortSignal): Promise<string | undefined> => {
  if (token === '' && kind === 'token') return 'Paste a token first.';
  if (!looksLikeToken(token)) return BROKEN[kind];
  try {
    await createApi(token, () => {}).read(paths.projects(), signal);
    return undefined;
  } catch (error) {
    return error instanceof Problem ? adviceFor(error, kind) : String(error);
  }
};

/**
 * The form for a token; one that the API refuses is not accepted. The token of a link is filled in
 * and checked at once.
 */
export const SignIn = ({
  endedBy,
  offered,
  onSignIn,
}: {
  readonly endedBy?: Problem | undefined;
  readonly offered?: string | undefined;
  readonly onSignIn: (token: string) => void;
}) => {
  const [advice, setAdvice] = useState(endedBy && adviceFor(endedBy, 'token'));
  const [isChecking, setChecking] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const controller = useRef(new AbortController());

  const signIn = async (kind: Kind) => {
    const token = cleanToken(input.current?.value ?? '');
    setChecking(true);
    const refused = await check(token, kind, controller.current.signal);
    setChecking(false);
    setAdvice(refused);
    if (refused === undefined) onSignIn(token);
    else input.current?.select();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void signIn('token');
  };
  useEffect(() => {
    input.current?.focus();
    if (offered !== undefined) void signIn('sign-in link');
    return () => controller.current.abort();
  }, []);
  return (
    <div class="sign-in">
      <h1 tabIndex={-1}>Sign in</h1>
      <p class="lead">See what your training jobs cost, and why.</p>
      <form onSubmit={submit} noValidate>
        <label for="token">Access token</label>
        <input
          ref={input}
          id="token"
          type="password"
          defaultValue={offered}
          autocomplete="off"
          spellcheck={false}
          placeholder="eyJ…"
          aria-invalid={advice !== undefined}
          aria-describedby={advice === undefined ? 'token-hint' : 'token-advice token-hint'}
        />
        {advice !== undefined && (
          <p id="token-advice" class="callout danger" role="alert">
            {advice}
          </p>
        )}
        <button type="submit" class="primary" disabled={isChecking}>
          {isChecking ? 'Checking…' : 'Sign in'}
        </button>
        <p id="token-hint" class="hint">
          Whoever runs this installation issues tokens. On a local one:{' '}
          <code>npx jobmeter token --project &lt;id&gt;</code>. The token stays in your open tabs of this
          page, and is forgotten when you sign out or close them.
        </p>
      </form>
    </div>
  );
};
