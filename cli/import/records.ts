/** A record of a file: a line of text or a JSON value, or why it cannot be read. */
export type SourceRecord = {
  /** Of its line or of the record, counted from 1. */
  readonly position: number;
  /** What is counted. */
  readonly of: 'line' | 'record';
} & ({ readonly value: unknown } | { readonly unreadable: string });
