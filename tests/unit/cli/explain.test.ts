import { expect, test } from 'vitest';
import { explain } from '../../../cli/explain.ts';

const failure = (properties: object) => Object.assign(new Error('it failed'), properties);

test.each([
  ['refuses a connection', { code: 'ECONNREFUSED' }],
  ['does not answer in time', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
  ['does not take a connection in time', { name: 'TimeoutError' }],
])('a table that %s cannot be reached', (_, properties) => {
  expect(explain(failure(properties))).toMatch(/^jobmeter: the table cannot be reached \([A-Z]\w+\): is/);
});

test('what nobody foresaw is told in one line', () => {
  expect(explain(failure({ name: 'OddError' }))).toBe('jobmeter: it failed');
  expect(explain(failure({ name: 'OddError', message: '' }))).toBe('jobmeter: OddError');
  expect(explain('thrown as it is')).toBe('jobmeter: thrown as it is');
});
