/** One origin, as browsers send it: no wildcard, no path, and encrypted unless it is local. */
const isOrigin = (text) => {
  if (text.includes('*')) return false;
  const url = URL.parse(text);
  const isLocal = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1';
  return url?.origin === text && (url.protocol === 'https:' || (isLocal && url.protocol === 'http:'));
};

/**
 * The gateway's CORS settings for origins separated by commas or spaces; none without origins.
 * Tokens are sent in a header, so no page needs, or gets, credentials of the browser.
 */
export const corsOf = (origins) => {
  const allowedOrigins = origins.split(/[\s,]+/).filter((origin) => origin !== '');
  const wrong = allowedOrigins.filter((origin) => !isOrigin(origin));
  if (wrong.length > 0)
    throw new Error(`corsOrigins: ${wrong.join(', ')} must be like https://portal.example, without a path`);
  if (allowedOrigins.length === 0) return false;
  return {
    allowedOrigins,
    allowedMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match'],
    exposedResponseHeaders: ['content-disposition', 'etag', 'link', 'retry-after', 'x-request-id'],
    maxAge: 3600,
  };
};

/** The settings of the stage, for `serverless.yml`. */
export const cors = async ({ resolveVariable }) => corsOf(await resolveVariable('param:corsOrigins'));
