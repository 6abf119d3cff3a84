import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { foreignText, forgedKey, longText } from './request.ts';

/*
 * Wrong values are JSON texts, so that they can be what no value of JavaScript's would be written
 * as.
 */

const toText = (value: unknown) => JSON.stringify(value);

const nested = (open: string, close: string) =>
  fc.integer({ min: 100, max: 3_000 }).map((depth) => `${open.repeat(depth)}1${close.repeat(depth)}`);

const deepObject = nested('{"a":', '}');
const oddNumber = fc.constantFrom('-1', '0.0005', '1e400', '-1e400', '100001', '9007199254740993', '-0.1');
const list = fc.oneof(nested('[', ']'), fc.array(fc.jsonValue(), { maxLength: 5 }).map(toText));
const oddObject = fc.constantFrom(
  '{}',
  '{"__proto__":{"projectId":"p","status":"RUNNING","flavor":"f","gpu":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"toString":1,"length":-1}',
);
const scalar = fc.oneof(fc.constantFrom('null', 'true'), oddNumber, fc.string().map(toText));

/** What is no batch. */
export const notList = fc.oneof(scalar, oddObject, deepObject);

const notText = fc.oneof(fc.constantFrom('null', 'true', '0'), oddNumber, oddObject, deepObject, list);
const notMembers = fc.oneof(scalar, oddObject, deepObject, list);

const wrongText = (...wrong: string[]) =>
  fc.oneof(notText, fc.oneof(foreignText, longText, fc.constantFrom('', ...wrong)).map(toText));
const wrongId = fc.oneof(wrongText('a b', 'a/b', '../x', 'a%23b', "'; --"), forgedKey.map(toText));
const wrongCount = fc.oneof(fc.constantFrom('null', 'true', '"2"', '{}', '[2]'), oddNumber);
const wrongLabels = fc.oneof(
  fc.oneof(scalar, list),
  fc.constantFrom(
    '{"team":1}',
    '{"team":null}',
    '{"":"a"}',
    '{"a key":"a"}',
    '{"__proto__":"a"}',
    '{"constructor":"a"}',
    '{"team":"\\u0000"}',
    '{"team":"\\ud800"}',
  ),
  fc.constantFrom(
    toText({ team: 'x'.repeat(129) }),
    toText({ ['k'.repeat(64)]: 'a' }),
    toText(Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key-${index}`, 'a']))),
    toText(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${index}`, 'x'.repeat(120)]))),
  ),
);
const wrongMediaType = fc.oneof(foreignText, fc.constantFrom('', 'text/plain', 'application/xml'));

/** Where an event can be wrong, and with what. */
const WRONG_MEMBERS: readonly (readonly [path: readonly string[], wrong: fc.Arbitrary<string>])[] = [
  [['specversion'], wrongText('0.3', '1', '1.0 ')],
  [['type'], wrongText('training.job', 'training.job.status ', '__proto__')],
  [['source'], wrongText()],
  [['id'], wrongText()],
  [['subject'], wrongId],
  [
    ['time'],
    wrongText(
      'now',
      '0',
      '2026-02-30T00:00:00Z',
      '2026-10-01',
      '9999-12-31T23:59:59Z',
      '0001-01-01T00:00:00Z',
    ),
  ],
  [['datacontenttype'], wrongMediaType.map(toText)],
  [['data_base64'], fc.base64String().map(toText)],
  [['data'], notMembers],
  [['data', 'projectId'], wrongId],
  [['data', 'status'], wrongText('running', 'SLEEPING', 'toString')],
  [['data', 'resources'], notMembers],
  [['data', 'resources', 'flavor'], wrongId],
  [['data', 'resources', 'gpu'], wrongCount],
  [['data', 'resources', 'cpu'], wrongCount],
  [['data', 'resources', 'node'], wrongCount],
  [['data', 'labels'], wrongLabels],
  [['data', 'timeout'], wrongText('P', 'PT0S', 'P367D', '7 days', '-P1D')],
];

const REQUIRED = ['specversion', 'type', 'source', 'id', 'subject', 'time', 'data'];

const GAP = '\u25a2';

/** The value with a gap in the place of one member. */
const withGap = (value: unknown, [name, ...rest]: readonly string[]): unknown => {
  if (name === undefined) return GAP;
  const members = value as Readonly<Record<string, unknown>>;
  return { ...members, [name]: withGap(members[name], rest) };
};

/** The event as JSON with one thing wrong in it. */
export const wrongEvent = (event: object): fc.Arbitrary<string> =>
  fc.oneof(
    ...WRONG_MEMBERS.map(([path, wrong]) => {
      const text = toText(withGap(event, path));
      return wrong.map((value) => text.replace(toText(GAP), () => value));
    }),
    fc.constantFrom(...REQUIRED).map((name) => toText({ ...event, [name]: undefined })),
  );

const isJson = (body: Uint8Array): boolean => {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
};

/** Bytes that are not JSON, or not in UTF-8. */
export const notJson = (event: object): fc.Arbitrary<Uint8Array> => {
  const text = toText(event);
  return fc
    .oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((characters) => Buffer.from(characters)),
      fc.nat({ max: text.length - 1 }).map((length) => Buffer.from(text.slice(0, length))),
      fc.integer({ min: 1, max: 50_000 }).map((depth) => Buffer.from('['.repeat(depth))),
      fc.constantFrom(
        Buffer.from(text, 'utf16le'),
        Buffer.from(text.replace('RUNNING', 'RUNN\u00ccNG'), 'latin1'),
        Buffer.from(`${text}${text}`),
        Buffer.from(`[${text},]`),
        Buffer.from(text.replaceAll('"', "'")),
        gzipSync(text),
      ),
    )
    .filter((body) => !isJson(body));
};
