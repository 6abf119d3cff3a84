import { answer, type HttpAnswer } from './answers.ts';
import { invalid } from './parameters.ts';

/** Lambda answers at most 6 MB, as JSON in which each quote and line end of a body takes two bytes. */
const MAX_CSV_BYTES = 5_000_000;

/** No more charges than this fit into one CSV, however short their ids are. */
export const MAX_CHARGES = 10_000;

const tooLong = () =>
  invalid('rows', 'must be lines: the charges of this statement are more than one answer holds');

/** What was read in one page, or a refusal that says what to ask for if there is more. */
export const wholeOf = <Page extends object>(page: Page): Page => {
  if ('next' in page) throw tooLong();
  return page;
};

/** A CSV file to download. Refused where it is larger than an answer can be. */
export const csvAnswer = (name: string, csv: string): HttpAnswer => {
  if (Buffer.byteLength(csv) > MAX_CSV_BYTES) throw tooLong();
  // A colon is no part of a file name everywhere.
  const fileName = `${name.replaceAll(':', '_')}.csv`;
  return answer(200, 'text/csv; charset=utf-8; header=present', csv, {
    'content-disposition': `attachment; filename="${fileName}"`,
  });
};
