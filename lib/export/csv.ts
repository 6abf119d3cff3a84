import { stringify } from 'csv-stringify/sync';

/** Records as CSV lines that end in CR LF, as RFC 4180 has them. */
export const csvLines = (records: readonly (readonly (string | number | null)[])[]): string =>
  stringify([...records], { record_delimiter: 'windows' });
