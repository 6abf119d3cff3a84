import { useEffect, useRef, useState } from 'preact/hooks';
import { createApi, Problem, paths } from '../api.ts';
import { cleanToken, looksLikeToken } from '../token.ts';

/** What a refused token means, and what to do about it. */
const adviceFor = (problem: Problem): string => {
  if (problem.kind === 'signed-out')
    return /expired/.test(problem.message)
      ? 'This token has expired. Get a new one where you got this one, and paste it here.'
      : 'This token is not valid here. Copy the whole of it, and check that it was issued for this installation.';
  if (problem.kind === 'no-scope')
    return 'This token is valid but may not read usage: it lacks the scope usage:read. Ask for one that has it.';
  if (problem.kind === 'unreachable') return 'The API does not answer. Check your connection and try again.';
  return `The token could not be checked: ${problem.message}`;
};

const check = async (token: string, signal: AbortSignal): Promise<string | undefined> => {
  if (token === '') return 'Paste a token first.';
  if (!looksLikeToken(token))
    return 'This is not a whole token: one has three parts with a dot between them. Copy all of it.';
  try {
    await createApi(token, () => {}).read(paths.projects(), signal);
    return undefined;
  } catch (error) {
    return error instanceof Problem ? adviceFor(error) : String(error);
  }
};

/** The form for a token; one that the API refuses is not accepted. */
export const SignIn = ({
  endedBy,
  onSignIn,
}: {
  readonly endedBy: Problem | undefined;
  readonly onSignIn: (token: string) => void;
}) => {
  const [advice, setAdvice] = useState(endedBy && adviceFor(endedBy));
  const [isChecking, setChecking] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const token = cleanToken(input.current?.value ?? '');
    setChecking(true);
    const refused = await check(token, controller.current.signal);
    setChecking(false);
    setAdvice(refused);
    if (refused === undefined) onSignIn(token);
    else input.current?.select();
  };
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
          <code>npx jobmeter token --project &lt;id&gt;</code>. The token stays in this tab and is forgotten
          when you close it.
        </p>
      </form>
    </div>
  );
};
