import { readTokenConfig } from '../lib/config.ts';
import { created } from '../lib/http/answers.ts';
import { httpHandler } from '../lib/http/http-handler.ts';
import { createLink, parseLinkRequest, signingSecretOf } from '../lib/http/links.ts';
import { originOf } from '../lib/http/origin.ts';
import { notFound } from '../lib/http/parameters.ts';
import { createTokenVerifier, sees } from '../lib/http/tokens.ts';
import { LINK_MS, projectRoute } from '../lib/shapes/link.ts';

const config = readTokenConfig();
const authorize = createTokenVerifier(config);

/** POST /v1/links: a sign-in link for one project. It uses no table. */
export const handler = httpHandler(async (request, note) => {
  const now = Date.now();
  const grant = await authorize(request.headers.get('authorization'), now);
  const { projectId, to = projectRoute(projectId), expiresIn = LINK_MS } = parseLinkRequest(request);
  if (!sees(grant, projectId)) throw notFound();
  note({ projectId });
  const link = { origin: originOf(request), projectId, to, expiresInMs: expiresIn };
  return created(await createLink(signingSecretOf(config), link, now, grant));
});
