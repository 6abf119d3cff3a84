import { Refusal } from '../refusal.ts';
import { acceptedQuality } from './accept.ts';
import type { HttpAnswer } from './answers.ts';
import type { HttpRequest } from './http-request.ts';
import { wordParameter } from './parameters.ts';

/** Media types by the value of `?format=`, in order of preference. */
export type Formats<Format extends string> = Readonly<Record<Format, string>>;

const acceptable = <Format extends string>(accept: string, formats: Formats<Format>): Format => {
  const [best] = (Object.entries<string>(formats) as [Format, string][])
    .map(([format, mediaType]) => ({
      format,
      quality: acceptedQuality(accept, [mediaType, `${mediaType.split('/')[0]}/*`, '*/*']),
    }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  if (best) return best.format;
  throw new Refusal('not-acceptable', `available as ${Object.values(formats).join(', ')}`);
};

/** The requested format: `?format=`, or else the Accept header (RFC 9110, 12.5.1). */
export const negotiateFormat = <Format extends string>(
  { query, headers }: HttpRequest,
  formats: Formats<Format>,
): Format => {
  const names = Object.keys(formats) as [Format, ...Format[]];
  if (query.format !== undefined) return wordParameter('format', query.format, names);
  const accept = headers.get('accept')?.trim() ?? '';
  return acceptable(accept === '' ? '*/*' : accept, formats);
};

/** Adds `vary: accept`. */
export const varying = ({ headers, ...rest }: HttpAnswer): HttpAnswer => ({
  ...rest,
  headers: { ...headers, vary: 'accept' },
});

/** Link header of the next page (RFC 8288), for formats whose body cannot carry the cursor. */
export const nextLink = (
  query: HttpRequest['query'],
  cursor: string | undefined,
): Readonly<Record<string, string>> => {
  if (cursor === undefined) return {};
  const parameters = Object.entries({ ...query, cursor }).filter(
    (parameter): parameter is [string, string] => parameter[1] !== undefined,
  );
  return { link: `<?${new URLSearchParams(parameters)}>; rel="next"` };
};
