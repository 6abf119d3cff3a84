import fc from 'fast-check';

export type Headers = readonly (readonly [name: string, value: string])[];

/** A request that must be refused, as it goes over the wire. */
export interface Malformed {
  /** What is wrong with it. */
  readonly kind: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** A name may come twice. */
  readonly headers: Headers;
  readonly body: Buffer;
  /** The statuses that are right. */
  readonly expected: readonly number[];
  /** Whether it may be refused before it reaches a function, in whatever words. */
  readonly atDoor: boolean;
}

/** What is attacked: its secrets and a project with a job in a month. */
export interface Target {
  readonly webhookSecret: string;
  readonly tokenSecret: string;
  readonly projectId: string;
  readonly jobId: string;
  readonly month: string;
  /** An event that would be recorded. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

export const secondsOf = ({ now }: Target): number => Math.floor(now / 1000);

/** What a header can hold on the wire. */
export const headerText = fc.stringMatching(
  /^[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]{0,60}[\x21-\x7e\x80-\xff])?$/,
);

/** Text with a character that no id, name, month or number has. */
export const foreignText = fc
  .tuple(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('\u0000', '\n', '\u00e9', '\u202e', '\ud83d\ude00', '\ud800', '\uffff'),
    fc.string({ maxLength: 20 }),
  )
  .map((parts) => parts.join(''));

/** Ids that would be another item's key, if they were ids. */
export const forgedKey = fc.constantFrom(
  '#',
  'JOB#a',
  'a#EVENT#b',
  'a#CHARGE#b',
  'p#2026-10',
  'PROJECT#p',
  'DUE#2026-10#0',
);

/** Longer than any id or name may be. */
export const longText = fc.integer({ min: 257, max: 3_000 }).map((length) => 'x'.repeat(length));
