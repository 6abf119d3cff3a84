import type { Method, Operation } from '../types.ts';

const SIGNED = [
  '--data-binary @event.json',
  "-H 'content-type: application/cloudevents+json'",
  '-H "webhook-id: $id"',
  '-H "webhook-timestamp: $timestamp"',
  '-H "webhook-signature: v1,$signature"',
];

const withExamples = (path: string, { parameters = [] }: Operation): string => {
  const filled = parameters.reduce(
    (done, { name, in: location, example }) =>
      location === 'path' ? done.replace(`{${name}}`, String(example ?? `{${name}}`)) : done,
    path,
  );
  const query = parameters.flatMap(({ name, in: location, example }) =>
    location === 'query' && example !== undefined ? [`${name}=${example}`] : [],
  );
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
};

/** The operation as a curl command for the API at `origin`. */
export const curlOf = (origin: string, method: Method, path: string, operation: Operation): string => {
  const url = `${origin}${withExamples(path, operation)}`;
  const quoted = url.includes('?') ? `'${url}'` : url;
  if (method === 'post') return ['curl', quoted, ...SIGNED].join(' \\\n  ').replace('curl \\\n  ', 'curl ');
  if (operation.security.length === 0) return `curl ${quoted}`;
  return `curl ${quoted} \\\n  -H "authorization: Bearer $token"`;
};
