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

const BEARER = '-H "authorization: Bearer $token"';

/** The headers and the body, as options of curl. */
const optionsOf = ({ security, requestBody }: Operation): readonly string[] => {
  if (security.length === 0) return [];
  if (security.some((requirement) => !('bearerToken' in requirement))) return SIGNED;
  const [example] = Object.values(requestBody?.content['application/json']?.examples ?? {});
  if (!example) return [BEARER];
  return [BEARER, "-H 'content-type: application/json'", `-d '${JSON.stringify(example.value)}'`];
};

/** The operation as a curl command for the API at `origin`. */
export const curlOf = (origin: string, method: Method, path: string, operation: Operation): string => {
  const url = `${origin}${withExamples(path, operation)}`;
  const quoted = url.includes('?') ? `'${url}'` : url;
  // With a body curl posts, else it reads.
  const verb = method === 'put' || method === 'delete' ? `-X ${method.toUpperCase()} ` : '';
  return [`curl ${verb}${quoted}`, ...optionsOf(operation)].join(' \\\n  ');
};
