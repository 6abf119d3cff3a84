import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvents } from '../../lib/http/parse-events.ts';
import { parseCloseRequest } from '../../lib/operations/close/close-months.ts';
import { parseTariff } from '../../lib/operations/tariffs/publish.ts';
import { parseStatementFiles } from '../../lib/operations/verify/statement-files.ts';
import { Refusal } from '../../lib/refusal.ts';
import { NOW, RETRACTION_EVENT, STATUS_EVENT, structured } from './http/requests.ts';

const TARIFF = {
  name: 'next year',
  effectiveFrom: '2027-01-01T00:00:00Z',
  currency: 'EUR',
  billableStatuses: ['RUNNING'],
  maxRunning: '28d',
  prices: { 'ai1-1-gpu': { unit: 'gpu', pricePerHour: '1.93' } },
};

const sentencesOf = (parse: () => unknown): string[] => {
  try {
    parse();
  } catch (error) {
    if (error instanceof Refusal) return error.errors.map(({ detail }) => detail);
    throw error;
  }
  return [];
};
const ofTariff = (content: unknown) => sentencesOf(() => parseTariff(content));
const ofEvent = (event: unknown) => sentencesOf(() => parseEvents(structured(event), NOW));
const ofStatementFile = (content: unknown) =>
  sentencesOf(() => parseStatementFiles([{ name: 'it', content: JSON.stringify(content) }]));

const NAME_RULE = 'name must be 1 to 128 characters, none of them a control character';
const MEMBERS = 'name, effectiveFrom, currency, billableStatuses, maxRunning, maxSilence, prices';

describe('an error is a sentence that names field and rule', () => {
  test.each<[string, object, string]>([
    ['missing', { currency: undefined }, 'currency is missing'],
    ['missing within another', { prices: { h100: { unit: 'gpu' } } }, 'prices.h100.pricePerHour is missing'],
    ['of another type', { name: 7 }, NAME_RULE],
    ['that would manipulate a terminal', { name: 'a\u001b[2J' }, NAME_RULE],
    ['that cannot be stored as it is', { name: 'a\ud800' }, NAME_RULE],
    ['of another type', { billableStatuses: 'RUNNING' }, 'billableStatuses must be a list of statuses'],
    ['of another type', { prices: [] }, 'prices must be an object with the price of each flavor'],
    ['of another type', { prices: { h100: '1.93' } }, 'prices.h100 must be an object'],
    ['unknown', { price: {} }, `price is unknown: the members are ${MEMBERS}`],
    ['unknown', { 'the price': {} }, `["the price"] is unknown: the members are ${MEMBERS}`],
    [
      'of another format',
      { effectiveFrom: 'soon' },
      'effectiveFrom must be a date and time with an offset, like 2026-01-01T00:00:00Z',
    ],
    ['of another format', { currency: 'Euro' }, 'currency must be an ISO 4217 code'],
    [
      'out of range',
      { maxRunning: '400d' },
      'maxRunning must be a duration of whole minutes from 1m to 366d, like 28d or P28D',
    ],
    [
      'of no known flavor',
      { prices: { 'a b': { unit: 'gpu', pricePerHour: '1' } } },
      'prices["a b"] must be a flavor: 1 to 128 of A-Z a-z 0-9 . _ : -',
    ],
  ])('where a field of a tariff is %s: %j', (_, change, sentence) => {
    expect(ofTariff({ ...TARIFF, ...change })).toEqual([sentence]);
  });

  test('where an entry of a list is wrong, by its number', () => {
    expect(ofTariff({ ...TARIFF, billableStatuses: ['RUNNING', 'ASLEEP'] })).toEqual([
      expect.stringMatching(/^billableStatuses\[1\] must be one of RESTARTING, QUEUED, /),
    ]);
  });

  test('where a tariff or an event is none at all', () => {
    for (const content of [null, [], 7]) {
      expect(ofTariff(content)).toEqual(['the tariff must be an object']);
      expect(ofEvent(content)).toEqual(['the event must be an object']);
    }
  });

  test.each<[object, string]>([
    [{ subject: undefined }, 'subject is missing'],
    [{ time: '2027-10-01T08:00:00Z' }, 'time must not be more than 5 minutes ahead'],
    [
      { data: { ...STATUS_EVENT.data, resources: { flavor: 'a', gpu: '2' } } },
      'data.resources.gpu must be a number from 0 to 100000 with at most 3 digits after the point',
    ],
    [
      { data: { ...STATUS_EVENT.data, labels: { 'a b': 'x' } } },
      'data.labels["a b"] must be a key of 1 to 63 of A-Z a-z 0-9 . _ / -',
    ],
    [{ data_base64: 'e30=' }, 'data_base64 is not supported: send data as JSON'],
  ])('where a field of an event is wrong: %j', (change, sentence) => {
    expect(ofEvent({ ...STATUS_EVENT, ...change })).toEqual([sentence]);
  });

  test('where a charge in a file to verify is wrong, with its place in the file', () => {
    expect(ofStatementFile({ charges: [{ jobId: 'job-1', kind: 'open' }] })).toContain(
      'projectId is missing',
    );
    expect(ofStatementFile({ statement: { currency: 1 }, charges: [] })).toContain(
      'statement.currency must be an ISO 4217 code',
    );
  });

  test('where a word is none of those that a shape knows', () => {
    expect(ofStatementFile({ jobId: 'job-1', endedBy: { cause: 'boredom' } })).toContain(
      'endedBy.cause must be one of fact, month end, price change, resources change, limit',
    );
  });

  test('where the request of a close is none', () => {
    expect(sentencesOf(() => parseCloseRequest(7))).toEqual(['the request must be an object']);
    expect(sentencesOf(() => parseCloseRequest({ month: 10 }))).toEqual([
      'month must be a month as YYYY-MM, from 2000-01 to 9999-12',
    ]);
  });

  test('that stays short, however long the key', () => {
    const [sentence = ''] = ofTariff({ ...TARIFF, ['k'.repeat(1_000_000)]: 1 });
    expect(sentence).toMatch(/^k{128}… is unknown/);
  });
});

/** A valid input with one of its values, at any depth, replaced by any other. */
const withOneReplaced = (valid: unknown, wrong: unknown, at: number): unknown => {
  let next = at;
  const replaced = (value: unknown): unknown => {
    if (next-- === 0) return wrong;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(replaced);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member)]));
  };
  return replaced(valid);
};

test('no error of a tariff or an event is in the words of the library', () => {
  const anyWrong = fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(anyWrong, fc.nat(20), (wrong, at) => {
      const sentences = [
        ...ofTariff(withOneReplaced(TARIFF, wrong, at)),
        ...ofEvent(withOneReplaced(STATUS_EVENT, wrong, at)),
        ...ofEvent(withOneReplaced(RETRACTION_EVENT, wrong, at)),
      ];
      for (const sentence of sentences) {
        expect(sentence).toMatch(/^\S.* (is missing$|is unknown: |is not supported: |must )/s);
        expect(sentence).not.toMatch(/Invalid|Expected|received/);
      }
    }),
    { numRuns: 1_000 },
  );
});
