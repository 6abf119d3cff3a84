import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as fields from '../../../lib/shapes/fields.ts';

const problemsOf = (field: v.GenericSchema, value: unknown) =>
  (v.safeParse(field, value, { abortPipeEarly: true }).issues ?? []).map(({ message }) => message);

interface Rule {
  readonly field: v.GenericSchema;
  /** What is said of a value that is refused. */
  readonly rule: string | RegExp;
  readonly taken: readonly unknown[];
  readonly refused: readonly unknown[];
}

/** Exports that are no fields. */
type Helper = 'text' | 'isJsonObject' | 'isUsableName' | 'UNUSABLE_RULE';

const FIELDS: Readonly<Record<Exclude<keyof typeof fields, Helper>, Rule>> = {
  Id: {
    field: fields.Id,
    rule: 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : -',
    taken: ['a', 'A.b_c:d-9', 'x'.repeat(128)],
    refused: ['', 'a b', 'a#b', 'x'.repeat(129), 7],
  },
  EventName: {
    field: fields.EventName,
    rule: 'must be 1 to 256 printable ASCII characters',
    taken: [' ', '~', 'x'.repeat(256)],
    refused: ['', '\n', 'é', 'x'.repeat(257), null],
  },
  Digest: {
    field: fields.Digest,
    rule: 'must be sha256: and 64 hexadecimal digits',
    taken: [`sha256:${'0'.repeat(64)}`],
    refused: ['0'.repeat(64), `sha256:${'A'.repeat(64)}`, `sha256:${'0'.repeat(63)}`, 7],
  },
  Month: {
    field: fields.Month,
    rule: 'must be a month as YYYY-MM, from 2000-01 to 9999-12',
    taken: ['2000-01', '9999-12'],
    refused: ['1999-12', '2026-13', '2026-00', '2026-1', '2026-10-01', 202610],
  },
  SentTime: {
    field: fields.SentTime,
    rule: /^must be (an RFC 3339 timestamp with an offset|a real date and time)/,
    taken: ['2026-10-01T08:00:00Z', '2026-10-01t10:00:00.123456789+02:00'],
    refused: ['2026-10-01T08:00:00', '2026-02-30T08:00:00Z', '2026-10-01T08:00:00.1234567890Z', 0],
  },
  Time: {
    field: fields.Time,
    rule: 'must be a time in UTC with milliseconds, like 2026-10-01T08:00:00.000Z',
    taken: ['2026-10-01T08:00:00.000Z'],
    refused: [
      '2026-10-01T08:00:00Z',
      '2026-10-01T10:00:00.000+02:00',
      '2026-02-30T00:00:00.000Z',
      '2026-10-01T24:00:00.000Z',
    ],
  },
  Day: {
    field: fields.Day,
    rule: 'must be a day as YYYY-MM-DD',
    taken: ['2026-10-01'],
    refused: ['2026-10', '2026-10-01T00:00:00.000Z'],
  },
  TimeZone: {
    field: fields.TimeZone,
    rule: 'must be an IANA time zone',
    taken: ['UTC', 'Europe/Paris'],
    refused: ['Mars/Base', '+01:00', ''],
  },
  Currency: {
    field: fields.Currency,
    rule: 'must be an ISO 4217 code',
    taken: ['EUR', 'JPY', 'KWD'],
    refused: ['EURO', 'eur', 'XYZ'],
  },
  Money: {
    field: fields.Money,
    rule: 'must be a decimal string, like "14.40"',
    taken: ['0.00', '-14.40', '1930', '1.234'],
    refused: ['.5', '1,5', '1.23456', '+1', 14.4],
  },
  AmountTimes60: {
    field: fields.AmountTimes60,
    rule: 'must be a decimal string with at most 15 digits after the point',
    taken: ['0', '694.8', '0.000000000000001'],
    refused: ['-1', '1.', '0.0000000000000001'],
  },
  Price: {
    field: fields.Price,
    rule: /^must be a decimal string with at most 9 digits before.*, without redundant zeros$/,
    taken: ['0', '0.03', '999999999.000000000001'],
    refused: ['0.030', '00.03', '1000000000', '-1', 0.03],
  },
  Unit: {
    field: fields.Unit,
    rule: 'must be one of gpu, cpu, node',
    taken: ['gpu', 'cpu', 'node'],
    refused: ['nodes', 'GPU', 'constructor', null],
  },
  Count: {
    field: fields.Count,
    rule: 'must be a number from 0 to 100000 with at most 3 digits after the point',
    taken: [0, 0.001, 0.5, 1.005, 99_999.999, 100_000],
    refused: [-1, -0.001, 0.0005, 1.0005, 1e-7, 100_000.001, '2', Number.NaN, Number.POSITIVE_INFINITY],
  },
  Minutes: {
    field: fields.Minutes,
    rule: 'must be a whole number from 0 to 100000',
    taken: [0, 100_000],
    refused: [-1, 0.5, 100_001, '2', Number.NaN],
  },
  Labels: {
    field: fields.Labels,
    rule: /^must (be|not name) /,
    taken: [{}, { team: 'vision', 10: '', 'a.b/c_d-E': 'é' }],
    refused: [
      null,
      ['a'],
      { 'a b': 'x' },
      { a: 7 },
      { a: '\n' },
      { prototype: 'x' },
      JSON.parse('{"__proto__":"x"}'),
      Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 'x'])),
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, 'x'.repeat(128)])),
    ],
  },
  UnitQuantity: {
    field: fields.UnitQuantity,
    rule: 'must be a number with at most 3 digits after the point',
    taken: [-14_400.5, 0, 0.001, 1_000_000_000.123],
    refused: [0.0005, 1e300, '2', Number.NaN],
  },
  UnitTotal: {
    field: fields.UnitTotal,
    rule: /^must (be a number with at most 3 digits|not be negative)/,
    taken: [0, 0.5, 1_000_000_000.123],
    refused: [-0.5, 0.0005, '2'],
  },
  Quantity: {
    field: fields.Quantity,
    rule: 'must be a whole number',
    taken: [-14_400, 0, Number.MAX_SAFE_INTEGER],
    refused: [0.5, 1e300, '2'],
  },
  Total: {
    field: fields.Total,
    rule: /^must (be a whole number|not be negative)$/,
    taken: [0, Number.MAX_SAFE_INTEGER],
    refused: [-1, 0.5],
  },
};

describe.each(Object.entries(FIELDS))('%s', (_, { field, rule, taken, refused }) => {
  test.each(taken.map((value) => [value]))('takes %j', (value) => {
    expect(problemsOf(field, value)).toEqual([]);
  });

  test.each(refused.map((value) => [value]))('refuses %j, with the rule', (value) => {
    expect(problemsOf(field, value)).toEqual([typeof rule === 'string' ? rule : expect.stringMatching(rule)]);
  });
});
