import type { Refusal } from '../refusal.ts';
import { answer, type HttpAnswer } from './answers.ts';
import { invalid } from './parameters.ts';

/** A Lambda response is at most 6 MB of JSON, with quotes and line ends escaped. */
const MAX_CSV_BYTES = 5_000_000;

/** More charges than this never fit into one CSV, however short their ids. */
export const MAX_CHARGES = 10_000;

const tooLong = () => invalid('rows', 'must be lines: this statement has too many charges for one response');

/** The page, if it is the only one; otherwise a refusal. */
export const wholeOf = <Page extends object>(page: Page): Page => {
  if ('next' in page) throw tooLong();
  return page;
};

/** A CSV download. Refused, by default as a statement, if it is too large for one response. */
export const csvAnswer = (name: string, csv: string, refusal: () => Refusal = tooLong): HttpAnswer => {
  if (Buffer.byteLength(csv) > MAX_CSV_BYTES) throw refusal();
  // A colon is not allowed in file names everywhere.
  const fileName = `${name.replaceAll(':', '_')}.csv`;
  return answer(200, 'text/csv; charset=utf-8; header=present', csv, {
    'content-disposition': `attachment; filename="${fileName}"`,
  });
};
