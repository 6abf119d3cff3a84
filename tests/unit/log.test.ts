import { expect, test, vi } from 'vitest';
import { createLogger, type Logger } from '../../lib/log.ts';

/** What is written while `work` logs, as text. */
const written = (work: (logger: Logger) => void, level?: string): string => {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    text += line;
    return true;
  });
  try {
    work(createLogger('settle-jobs', level));
    return text;
  } finally {
    write.mockRestore();
  }
};

const entryOf = (work: (logger: Logger) => void): Record<string, unknown> => JSON.parse(written(work));

const circle: Record<string, unknown> = {};
circle.itself = circle;

test('a line is one JSON object with level, message, timestamp, service and the fields', () => {
  const text = written((logger) => logger.info('two\nlines', { jobs: [{ jobId: 'j\n1' }], lost: 0 }));
  expect(text).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(text)).toEqual({
    ...{ level: 'INFO', message: 'two\nlines', service: 'settle-jobs' },
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    ...{ jobs: [{ jobId: 'j\n1' }], lost: 0 },
  });
});

test('a line without fields is one too', () => {
  expect(entryOf((logger) => logger.warn('m'))).toMatchObject({ level: 'WARN', message: 'm' });
});

test('no field replaces level, message, timestamp or service', () => {
  const fields = { level: 'DEBUG', message: 'other', timestamp: 'other', service: 'other' };
  const entry = entryOf((logger) => logger.error('m', fields));
  expect(entry).toMatchObject({ level: 'ERROR', message: 'm', service: 'settle-jobs' });
  expect(entry.timestamp).not.toBe('other');
});

test('an error has its name, message, code, stack and cause, and what AWS answered about the request', () => {
  class TableError extends Error {
    override readonly name = 'TableError';
    readonly code = 'ECONNRESET';
    readonly $metadata = { requestId: 'r-1', httpStatusCode: 400 };
  }
  const cause = new TypeError('inner');
  const error = new TableError('outer', { cause });
  expect(entryOf((logger) => logger.error('failed', { jobId: 'job-1', error }))).toMatchObject({
    jobId: 'job-1',
    error: {
      ...{ name: 'TableError', message: 'outer', code: 'ECONNRESET', stack: error.stack },
      $metadata: { requestId: 'r-1', httpStatusCode: 400 },
      cause: { name: 'TypeError', message: 'inner', stack: cause.stack },
    },
  });
});

test('an error is written without what else it has, like a request with its headers', () => {
  const request = { headers: { authorization: 'Bearer secret-1' } };
  const cause = Object.assign(new Error('inner'), { request });
  const error = Object.assign(new Error('outer', { cause }), { config: request });
  const text = written((logger) => logger.error('failed', { error, errors: [error] }));
  expect(text).toContain('outer');
  expect(text).not.toContain('secret-1');
});

test('a bigint is written as its digits', () => {
  expect(entryOf((logger) => logger.info('m', { minutes: 9007199254740993n }))).toMatchObject({
    minutes: '9007199254740993',
  });
});

test('what cannot be written is left out, and the line is still there', () => {
  const error = new Error('m');
  error.cause = error;
  const hostile = {
    toJSON: () => {
      throw new Error('no');
    },
    get own() {
      throw new Error('no');
    },
  };
  for (const fields of [circle, { error }, { error: { circle } }, { hostile }, hostile])
    expect(entryOf((logger) => logger.error('failed', fields))).toMatchObject({
      ...{ level: 'ERROR', message: 'failed', service: 'settle-jobs', unwritten: expect.any(String) },
    });
});

test('values that are no JSON by themselves do not end a line', () => {
  const fields = { at: new Date(Number.NaN), none: undefined, symbol: Symbol('s'), call: () => 1 };
  expect(entryOf((logger) => logger.info('m', fields))).toMatchObject({ message: 'm', at: null });
});

test('the id of the request at AWS is in each line of its invocation', () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557;Sampled=0');
  const entry = entryOf((logger) => logger.info('m'));
  vi.unstubAllEnvs();
  expect(entry).toMatchObject({ xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793' });
  expect(entryOf((logger) => logger.info('m'))).not.toHaveProperty('xray_trace_id');
});

test("lines below Lambda's level are not written; without one all are", () => {
  const linesAt = (level?: string) =>
    written((logger) => {
      logger.info('i');
      logger.warn('w');
      logger.error('e');
    }, level).match(/"message":"."/g)?.length ?? 0;
  expect(['TRACE', 'INFO', 'WARN', 'ERROR', 'FATAL', undefined].map(linesAt)).toEqual([3, 3, 2, 1, 0, 3]);
  vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', 'ERROR');
  expect(linesAt()).toBe(1);
  vi.unstubAllEnvs();
});
