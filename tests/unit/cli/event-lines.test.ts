import { expect, test } from 'vitest';
import { readEventLines } from '../../../cli/event-lines.ts';
import { refusalOf } from '../http/refused.ts';

test('every event has the number of its line, and blank lines count', () => {
  expect(readEventLines('file', '\n{"id":"1"}\r\n  \r\n{"id":"2"}\n\n')).toEqual({
    events: [
      { line: 2, event: { id: '1' } },
      { line: 4, event: { id: '2' } },
    ],
    notJson: [],
  });
});

test('a line that is not JSON is named beside the events', () => {
  expect(readEventLines('file', '{"id":"1"}\n{"id":\n7')).toEqual({
    events: [
      { line: 1, event: { id: '1' } },
      { line: 3, event: 7 },
    ],
    notJson: [2],
  });
});

test('an empty file has no events', () => {
  expect(readEventLines('file', ' \n')).toEqual({ events: [], notJson: [] });
});

test('a file without a line of JSON is no file of events', async () => {
  const { code, message } = await refusalOf(() => readEventLines('README.md', '# jobmeter\n\nmeters'));
  expect({ code, message }).toEqual({
    code: 'not-json',
    message: 'README.md is not one JSON event a line; nothing was sent',
  });
});
