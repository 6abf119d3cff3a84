import { Refusal } from '../refusal.ts';
import type { HttpAnswer } from './answers.ts';
import type { HttpRequest } from './http-request.ts';
import { wordParameter } from './parameters.ts';

/** A media range of an Accept header (RFC 9110, section 12.5.1). */
interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

const QUALITY = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/** Parameters of a range other than its quality narrow nothing here. A range whose quality cannot be read counts for nothing. */
const rangesOf = (accept: string): MediaRange[] =>
  accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((text) => text.startsWith('q='));
    if (type === '' || (quality !== undefined && !QUALITY.test(quality))) return [];
    return [{ type, quality: quality === undefined ? 1 : Number(quality.slice(2)) }];
  });

/** The quality of the most specific range a media type falls in. */
const qualityOf = (mediaType: string, ranges: readonly MediaRange[]): number => {
  const specificFirst = [mediaType, `${mediaType.split('/')[0]}/*`, '*/*'];
  return specificFirst.flatMap((type) => ranges.filter((range) => range.type === type))[0]?.quality ?? 0;
};

/** The media types of the formats an answer may come in, by the name `?format=` calls them; where a caller likes several, the first. */
export type Formats<Format extends string> = Readonly<Record<Format, string>>;

const acceptable = <Format extends string>(accept: string, formats: Formats<Format>): Format => {
  const ranges = rangesOf(accept);
  const [best] = (Object.entries<string>(formats) as [Format, string][])
    .map(([format, mediaType]) => ({ format, quality: qualityOf(mediaType, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  if (best) return best.format;
  throw new Refusal('not-acceptable', `this can be had as ${Object.values(formats).join(', ')}`);
};

/** The format a caller asks for: by `?format=`, which wins, or else by its Accept header. */
export const askedFormat = <Format extends string>(
  { query, headers }: HttpRequest,
  formats: Formats<Format>,
): Format => {
  const names = Object.keys(formats) as [Format, ...Format[]];
  if (query.format !== undefined) return wordParameter('format', query.format, names);
  const accept = headers.get('accept')?.trim() ?? '';
  return acceptable(accept === '' ? '*/*' : accept, formats);
};

/** Says that the answer would be another with another Accept header. */
export const varying = ({ headers, ...rest }: HttpAnswer): HttpAnswer => ({
  ...rest,
  headers: { ...headers, vary: 'accept' },
});

/** Where the next page is, of an answer whose body has no place to say so (RFC 8288): the same request with its cursor. */
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
