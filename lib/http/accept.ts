/** A choice of an Accept or Accept-Encoding header (RFC 9110, sections 12.5.1 and 12.5.3). */
interface Range {
  readonly name: string;
  readonly quality: number;
}

const QUALITY = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/** Parameters of a range other than its quality narrow nothing here. A range whose quality cannot be read counts for nothing. */
const rangesOf = (header: string): Range[] =>
  header.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((text) => text.startsWith('q='));
    if (name === '' || (quality !== undefined && !QUALITY.test(quality))) return [];
    return [{ name, quality: quality === undefined ? 1 : Number(quality.slice(2)) }];
  });

/** The quality of the first of `names`, from the most specific to the least, that the header has; 0 if it has none. */
export const acceptedQuality = (header: string, names: readonly string[]): number => {
  const ranges = rangesOf(header);
  return names.flatMap((name) => ranges.filter((range) => range.name === name))[0]?.quality ?? 0;
};
