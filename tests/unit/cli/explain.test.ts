import { expect, test } from 'vitest';
import { explain } from '../../../cli/explain.ts';
import { ProviderError } from '../../../lib/provider/ovh-api.ts';
import { Refusal } from '../../../lib/refusal.ts';
import { TableUnavailable } from '../../../lib/store/unavailable.ts';

const failure = (properties: object) => Object.assign(new Error('it failed'), properties);

test.each([
  ['refuses a connection', { code: 'ECONNREFUSED' }],
  ['does not answer in time', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
  ['does not take a connection in time', { name: 'TimeoutError' }],
])('a table that %s cannot be reached, also where the store reports it', (_, properties) => {
  const message = /^jobmeter: the table cannot be reached \([A-Z]\w+\): is/;
  expect(explain(failure(properties))).toMatch(message);
  expect(explain(new TableUnavailable(failure(properties)))).toMatch(message);
});

test('a busy table is reported with the message of the engine', () => {
  const throttled = failure({ name: 'ThrottlingException', message: 'Rate exceeded' });
  expect(explain(new TableUnavailable(throttled))).toBe(
    'jobmeter: the table is not available: Rate exceeded',
  );
});

test('a refusal names its errors, and how many there are besides', () => {
  const errors = Array.from({ length: 123 }, (_, index) => ({
    pointer: `/${index}`,
    detail: `field ${index} is wrong`,
  }));
  const lines = explain(new Refusal('invalid', 'it is not valid', { errors })).split('\n');
  expect(lines).toHaveLength(102);
  expect(lines[0]).toBe('jobmeter: it is not valid');
  expect(lines.slice(-2)).toEqual(['  field 99 is wrong', '  and 23 more errors']);
});

test.each([
  ['rate limit', 'run it again in some minutes'],
  ['unavailable', 'run it again'],
  ['refused', 'check OVH_CREDENTIALS'],
] as const)('a call of the provider that failed says what to do: %s', (kind, advice) => {
  expect(explain(new ProviderError(kind, 'it answered 4xx')).split('\n')).toEqual([
    'jobmeter: it answered 4xx',
    expect.stringContaining(advice),
  ]);
});

test('the rule of a parameter follows its name', () => {
  const errors = [{ pointer: 'groupBy', detail: 'must make at most 1000 groups' }];
  expect(explain(new Refusal('invalid', 'too many groups', { errors }))).toBe(
    'jobmeter: too many groups\n  groupBy must make at most 1000 groups',
  );
});

test.each([
  ['Region is missing', 'no AWS region: set AWS_REGION'],
  ['Could not load credentials from any providers', 'no AWS credentials: set AWS_PROFILE, or run'],
])('%s: what to set', (message, advice) => {
  expect(explain(new Error(message))).toContain(`jobmeter: ${advice}`);
});

test('an unexpected error is reported in one line', () => {
  expect(explain(failure({ name: 'OddError' }))).toBe('jobmeter: it failed');
  expect(explain(failure({ name: 'OddError', message: '' }))).toBe('jobmeter: OddError');
  expect(explain('thrown as it is')).toBe('jobmeter: thrown as it is');
});

test('an error that has several lists what is behind it, the first five', () => {
  const reasons = Array.from({ length: 6 }, (_, index) => new Error(`proj-${index} is not billed`));
  const lines = explain(new AggregateError([...reasons.slice(0, 1), 'a text'], 'it stays open')).split('\n');
  expect(lines).toEqual(['jobmeter: it stays open', '  proj-0 is not billed', '  a text']);
  expect(explain(new AggregateError(reasons, 'it stays open')).split('\n')).toHaveLength(6);
});
