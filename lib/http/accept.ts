/** An element of an Accept or Accept-Encoding header (RFC 9110, 12.5.1 and 12.5.3). */
interface Range {
  readonly name: string;
  readonly quality: number;
}

const QUALITY = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/** Other parameters are ignored, and so are ranges with an invalid quality. */
const rangesOf = (header: string): Range[] =>
  header.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((text) => text.startsWith('q='));
    if (name === '' || (quality !== undefined && !QUALITY.test(quality))) return [];
    return [{ name, quality: quality === undefined ? 1 : Number(quality.slice(2)) }];
  });

/** Quality of the first of `names` (most specific first) found in the header; 0 if none is. */
export const acceptedQuality = (header: string, names: readonly string[]): number => {
  const ranges = rangesOf(header);
  return names.flatMap((name) => ranges.filter((range) => range.name === name))[0]?.quality ?? 0;
};
