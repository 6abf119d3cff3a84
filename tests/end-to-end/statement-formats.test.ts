import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { brokenRules, type FocusRow } from '../unit/export/focus-rules.ts';
import { readPdf } from '../unit/export/read-pdf.ts';
import { run } from './programs.ts';
import { postEvents, request, testSettings, tokenFor } from './stack.ts';
import { CPU, eventsOf, gpu, type JobEvent, latestEndedNovember, retractionOf } from './story.ts';

const YEAR = latestEndedNovember(new Date());
const OCTOBER = `${YEAR}-10`;
const NOVEMBER = `${YEAR}-11`;
const STATEMENT = `/v1/projects/proj-1/statements/${NOVEMBER}`;

/** JavaScript puts such keys first, by number; a digest by name. */
const BY_NUMBER = { 10: 'ten', 2: 'two' };

/** October: a GPU for 61 minutes, 1.962 EUR, and two CPUs for ten hours, 0.60 EUR. */
const told: readonly JobEvent[] = [
  ...eventsOf('gpu-longer', 'proj-1', gpu(1), [
    ['RUNNING', `${OCTOBER}-31T08:00:00Z`],
    ['DONE', `${OCTOBER}-31T09:00:30Z`],
  ]),
  ...eventsOf('cpu-mistaken', 'proj-1', CPU, [
    ['RUNNING', `${OCTOBER}-31T08:00:00Z`],
    ['DONE', `${OCTOBER}-31T18:00:00Z`],
  ]),
];

/**
 * Reported once October is closed: the GPU had run an hour more, 3.892 EUR, the CPUs not at all.
 * November: two jobs of 7 minutes on a GPU, 0.4503 EUR together, of which one failed, and two CPUs
 * for 90 minutes, 0.09 EUR.
 */
const toldLate: readonly JobEvent[] = [
  ...eventsOf('gpu-longer', 'proj-1', gpu(1), [['RUNNING', `${OCTOBER}-31T07:00:00Z`]]).map((event) => ({
    ...event,
    id: 'gpu-longer-0',
  })),
  retractionOf('cpu-mistaken', 'proj-1', 1, `${NOVEMBER}-02T00:00:00Z`),
  ...['gpu-a', 'gpu-b'].flatMap((jobId) =>
    eventsOf(jobId, 'proj-1', gpu(1), [
      ['RUNNING', `${NOVEMBER}-05T08:00:00Z`],
      [jobId === 'gpu-a' ? 'FAILED' : 'DONE', `${NOVEMBER}-05T08:06:30Z`],
    ]),
  ),
  ...eventsOf('cpu-c', 'proj-1', CPU, [
    ['RUNNING', `${NOVEMBER}-05T08:00:00Z`],
    ['DONE', `${NOVEMBER}-05T09:30:00Z`],
  ]).map((event) => ({ ...event, data: { ...(event.data as object), labels: BY_NUMBER } })),
];

interface Line {
  readonly flavor: string;
  readonly usageMonth: string;
  readonly kind: string;
  readonly minutes: number;
  readonly amount: string;
}

interface Statement {
  readonly statementId: string;
  readonly total: string;
  readonly digest: string;
  readonly lines: readonly Line[];
}

let stack: Stack;
let stage: Readonly<Record<string, string>>;
let folder: string;

const send = async (events: readonly JobEvent[]) => {
  expect(await postEvents(stack.url, events)).toMatchObject({ status: 202 });
  await stack.trigger.idle();
};

/** A read with a token of proj-1. */
const get = async <Content = unknown>(path: string, headers: Readonly<Record<string, string>> = {}) =>
  request<Content>(`${stack.url}${path}`, {
    headers: { authorization: `Bearer ${await tokenFor(['proj-1'])}`, ...headers },
  });

/** The path of the next page. */
const nextOf = (headers: Headers): string | undefined =>
  headers.get('link')?.replace(/^<(\?[^>]*)>; rel="next"$/, `${STATEMENT}$1`);

const rowsOf = (csv: string): FocusRow[] => parse(csv, { columns: true });

const cents = (amount = ''): number => Math.round(Number(amount) * 100);
const billed = (rows: readonly FocusRow[]): number =>
  rows.reduce((sum, { BilledCost }) => sum + cents(BilledCost), 0);

beforeAll(async () => {
  const settings = await testSettings();
  const names = { INVOICE_ISSUER_NAME: 'Blå Sky A/S' };
  stack = await startStack({ ...settings, environment: names, onLog: () => {} });
  stage = { ...names, DYNAMODB_PORT: String(settings.dynamoDbPort) };
  folder = await mkdtemp(join(tmpdir(), 'statement-formats-'));
  await send(told);
  await stack.invoke('close-month', { month: OCTOBER });
  await stack.trigger.idle();
  await send(toldLate);
  await stack.invoke('close-month', { month: NOVEMBER });
});

afterAll(async () => {
  await stack?.stop();
  if (folder) await rm(folder, { recursive: true });
});

const readStatement = async () => (await get<Statement>(STATEMENT)).body;

test('the statement has corrections of October and usage of November', async () => {
  expect(await readStatement()).toMatchObject({
    total: '1.87',
    lines: [
      { usageMonth: OCTOBER, kind: 'correction', flavor: 'ai1-1-cpu', minutes: -600, amount: '-0.60' },
      { usageMonth: OCTOBER, kind: 'correction', flavor: 'ai1-1-gpu', minutes: 60, amount: '1.93' },
      { usageMonth: NOVEMBER, kind: 'usage', flavor: 'ai1-1-cpu', minutes: 90, amount: '0.09' },
      { usageMonth: NOVEMBER, kind: 'usage', flavor: 'ai1-1-gpu', minutes: 14, amount: '0.45' },
    ],
  });
});

test('the statement is read in pages of lines, each with all else that it has', async () => {
  const whole = await readStatement();
  const { body: first } = await get<Statement & { readonly next: string }>(`${STATEMENT}?limit=3`);
  const { body: last } = await get<Statement>(`${STATEMENT}?limit=3&cursor=${first.next}`);
  const { next: _, ...content } = first;
  expect({ ...content, lines: [...first.lines, ...last.lines] }).toEqual(whole);
  expect(last).toEqual({ ...whole, lines: whole.lines.slice(3) });
});

test.each([
  ['?limit=0', 'limit'],
  ['?limit=5001', 'limit'],
  ['?format=csv&limit=10001', 'limit'],
  ['?cursor=x', 'cursor'],
  ['?format=csv&cursor=x', 'cursor'],
  ['?format=html&limit=10', 'limit'],
  ['?format=pdf&cursor=x', 'cursor'],
])('pages of a statement that are not there are refused: %s', async (query, pointer) => {
  expect(await get(`${STATEMENT}${query}`)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
});

test('a job that was taken back stays in the list of its month, as CSV too, with what was billed and why not', async () => {
  const list = `/v1/projects/proj-1/jobs?month=${OCTOBER}`;
  const { headers, text } = await get(`${list}&sort=cost`, { accept: 'text/csv' });
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(headers.get('content-disposition')).toBe(`attachment; filename="jobs-proj-1-${OCTOBER}.csv"`);
  const rows = parse<Record<string, string>>(text, { columns: true });
  expect(
    rows.map(({ jobId, status, minutes, cost, retracted }) => [jobId, status, minutes, cost, retracted]),
  ).toEqual([
    ['gpu-longer', 'DONE', '121', '3.89', 'false'],
    ['cpu-mistaken', 'DONE', '0', '0.00', 'true'],
  ]);
  expect((await get(list)).body).toMatchObject({ jobs: [{ jobId: 'cpu-mistaken', retracted: true }, {}] });
  expect((await get('/v1/projects/proj-1/jobs/cpu-mistaken')).body).toMatchObject({
    billed: [
      { month: OCTOBER, amount: '0.60' },
      { month: NOVEMBER, amount: '-0.60', retractions: [{ reason: expect.any(String) }] },
    ],
  });
  expect((await get(`${STATEMENT}/charges`)).body).toMatchObject({
    retractions: [{ jobId: 'cpu-mistaken', reason: expect.any(String) }],
  });
  expect((await get(`/v1/projects/proj-1/usage?month=${OCTOBER}`)).body).toMatchObject({
    billed: { statements: [{ kind: 'usage' }, { month: NOVEMBER, kind: 'correction', amount: '1.33' }] },
  });
});

describe('as FOCUS CSV', () => {
  let rows: FocusRow[];
  beforeAll(async () => {
    rows = rowsOf((await get(`${STATEMENT}?format=csv`)).text);
  });

  test('it breaks no rule of FOCUS', () => {
    expect(rows).toHaveLength(6);
    expect(brokenRules(rows)).toEqual([]);
  });

  test('it sums to the total, and the rows of a line to its amount, to the cent', async () => {
    const { lines, total, statementId } = await readStatement();
    expect(billed(rows)).toBe(cents(total));
    expect(new Set(rows.map(({ InvoiceId }) => InvoiceId))).toEqual(new Set([statementId]));
    for (const { flavor, usageMonth, amount } of lines)
      expect(
        billed(
          rows.filter(({ x_Flavor, x_UsageMonth }) => x_Flavor === flavor && x_UsageMonth === usageMonth),
        ),
      ).toBe(cents(amount));
  });

  test.each(['charges', 'lines'])(
    'its pages, by the links of their headers, are the whole file: %s',
    async (rowsName) => {
      const path = `${STATEMENT}?format=csv&rows=${rowsName}`;
      const pages: string[] = [];
      let next: string | undefined = `${path}&limit=1`;
      while (next !== undefined) {
        const { text, headers }: Awaited<ReturnType<typeof get>> = await get(next);
        pages.push(text);
        next = nextOf(headers);
      }
      expect(pages).toHaveLength(rowsName === 'lines' ? 4 : 6);
      expect(pages.join('')).toBe((await get(path)).text);
    },
  );

  test('it names the issuer that the stage is set to', async () => {
    const names = { InvoiceIssuerName: 'Blå Sky A/S', ProviderName: 'AI Training' };
    for (const row of rows) expect(row).toMatchObject(names);
    const exported = await get(`/v1/projects/proj-1/export?from=${NOVEMBER}&format=focus`);
    for (const row of rowsOf(exported.text)) expect(row).toMatchObject(names);
    expect((await get(STATEMENT, { accept: 'text/html' })).text).toContain('Blå Sky A/S');
  });

  test('it has a row for each job, and corrections in the time they are for', () => {
    const inShort = rows.map((row) => [row.ResourceId, row.ChargeClass, row.x_Minutes, row.BilledCost]);
    expect(inShort).toEqual([
      ['cpu-mistaken', 'Correction', '-600', '-0.60'],
      ['gpu-longer', 'Correction', '121', '3.89'],
      ['gpu-longer', 'Correction', '-61', '-1.96'],
      ['cpu-c', '', '90', '0.09'],
      ['gpu-a', '', '7', '0.23'],
      ['gpu-b', '', '7', '0.22'],
    ]);
    expect(rows[1]).toMatchObject({
      BillingPeriodStart: `${NOVEMBER}-01T00:00:00Z`,
      BillingPeriodEnd: `${YEAR}-12-01T00:00:00Z`,
      ChargePeriodStart: `${OCTOBER}-31T07:00:00Z`,
      ChargePeriodEnd: `${OCTOBER}-31T09:00:30Z`,
    });
  });

  test('it can have a row for each line instead', async () => {
    const lines = rowsOf((await get(`${STATEMENT}?format=csv&rows=lines`)).text);
    expect(brokenRules(lines)).toEqual([]);
    expect(lines.map(({ BilledCost }) => BilledCost)).toEqual(['-0.60', '1.93', '0.09', '0.45']);
  });

  test('it is a file to download', async () => {
    const { headers, status } = await get(STATEMENT, { accept: 'text/csv' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="statement-proj-1-${NOVEMBER}.csv"`,
    );
  });
});

describe('as a page', () => {
  test('it has the content of the JSON', async () => {
    const { text } = await get(STATEMENT, { accept: 'text/html' });
    const { lines, total, digest, statementId } = await readStatement();
    const said = text.replace(/<[^>]*>/g, '').replaceAll('\u2212', '-');
    for (const amount of [total, ...lines.map((line) => line.amount)])
      expect(said).toContain(`${amount} EUR`);
    for (const one of [digest, statementId, `November ${YEAR}`, `October ${YEAR}`])
      expect(said).toContain(one);
  });

  test('it comes with a policy of its own and the other headers that protect it', async () => {
    const { headers } = await get(`${STATEMENT}?format=html`);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('private, max-age=86400, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('an export of several months', () => {
  const EXPORT = '/v1/projects/proj-1/export';
  const months = `from=${OCTOBER}&to=${NOVEMBER}`;
  const jobmeter = (...args: string[]) =>
    run('cli/jobmeter.ts', ['export', '--from', OCTOBER, '--to', NOVEMBER, ...args], stage);

  test('has the charges of every statement in plain words, and sums to their totals', async () => {
    const { headers, text } = await get(`${EXPORT}?${months}`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="charges-proj-1-${OCTOBER}-${NOVEMBER}.csv"`,
    );
    const rows = rowsOf(text).map(({ month, kind, job, amount }) => [month, kind, job, amount]);
    expect(rows).toEqual([
      [OCTOBER, 'usage', 'cpu-mistaken', '0.60'],
      [OCTOBER, 'usage', 'gpu-longer', '1.96'],
      [NOVEMBER, 'correction', 'cpu-mistaken', '-0.60'],
      [NOVEMBER, 'correction', 'gpu-longer', '3.89'],
      [NOVEMBER, 'correction', 'gpu-longer', '-1.96'],
      [NOVEMBER, 'usage', 'cpu-c', '0.09'],
      [NOVEMBER, 'usage', 'gpu-a', '0.23'],
      [NOVEMBER, 'usage', 'gpu-b', '0.22'],
    ]);
  });

  test('says what failed jobs cost: in plain words and as FOCUS', async () => {
    const plain = rowsOf((await get(`${EXPORT}?${months}`)).text);
    const failed = plain.filter((row) => row.job_status === 'FAILED');
    expect(failed.map(({ job, amount }) => [job, amount])).toEqual([['gpu-a', '0.23']]);
    const focus = rowsOf((await get(`${EXPORT}?${months}&format=focus`)).text);
    const ofFocus = focus.filter((row) => row.x_JobStatus === 'FAILED');
    expect(ofFocus.map(({ ResourceId, BilledCost }) => [ResourceId, BilledCost])).toEqual([
      ['gpu-a', '0.23'],
    ]);
  });

  test('of one month as FOCUS is the statement as FOCUS', async () => {
    const exported = await get(`${EXPORT}?from=${NOVEMBER}&format=focus`);
    expect(exported.text).toBe((await get(`${STATEMENT}?format=csv`)).text);
  });

  test.each(['csv', 'focus', 'parquet'])('on the command line is the same file: %s', async (format) => {
    const file = join(folder, `export.${format}`);
    const written = await jobmeter('--format', format, '--output', file);
    expect(written).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^8 rows of 2 statements of 1 /),
    });
    expect(written.stdout).toContain('total 4.43 EUR');
    const { bytes } = await get(`${EXPORT}?${months}&format=${format}`);
    expect((await readFile(file)).equals(Buffer.from(bytes))).toBe(true);
  });

  test('on the command line writes to standard output, with its summary beside it', async () => {
    const { code, stdout, stderr } = await jobmeter('--project', 'proj-1', '--json');
    expect(code).toBe(0);
    expect(stdout).toBe((await get(`${EXPORT}?${months}`)).text);
    expect(JSON.parse(stderr)).toMatchObject({ projects: 1, statements: 2, rows: 8, total: '4.43' });
  });

  test('on the command line names a month that is not closed, also one that has not begun', async () => {
    const [file, later] = [join(folder, 'later.csv'), '2999-01'];
    const args = ['export', '--from', later, '--output', file, '--json'];
    const { stdout } = await run('cli/jobmeter.ts', args, stage);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 0, openMonths: [later] });
  });

  test('is refused without months, for other ones, and for foreign projects', async () => {
    for (const [query, pointer] of [
      ['', 'from'],
      [`?from=${NOVEMBER}&to=${OCTOBER}`, 'to'],
      [`?${months}&format=xlsx`, 'format'],
    ])
      expect(await get(`${EXPORT}${query}`)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(await get(`/v1/projects/proj-2/export?${months}`)).toMatchObject({ status: 404 });
    expect(await run('cli/jobmeter.ts', ['export'], stage)).toMatchObject({ code: 2 });
    expect(await jobmeter('--output', join(folder, 'missing', 'export.csv'))).toMatchObject({
      ...{ code: 1, stdout: '', stderr: expect.stringContaining('its folder does not exist: make it first') },
    });
    expect(await get(`${EXPORT}?${months}&fromat=csv`)).toMatchObject({
      ...{ status: 422, body: { errors: [{ pointer: 'fromat' }] } },
    });
  });

  test('of a project that nothing was ever charged to says so', async () => {
    const headers = { authorization: `Bearer ${await tokenFor('all')}` };
    expect(await get(`/v1/projects/porj-1/export?${months}`, headers)).toMatchObject({
      ...{ status: 404, body: { detail: expect.stringContaining('may be mistyped') } },
    });
    expect(await jobmeter('--project', 'porj-1')).toMatchObject({
      ...{ code: 1, stdout: '', stderr: expect.stringContaining('porj-1 is not known') },
    });
  });
});

describe('a format', () => {
  test.each([
    ['', '*/*', 'application/json'],
    ['', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['?format=json', 'text/html', 'application/json'],
    ['?format=html', 'application/json', 'text/html'],
  ])('requested by %j and Accept: %s is %s', async (query, accept, mediaType) => {
    const { status, headers } = await get(`${STATEMENT}${query}`, { accept });
    expect(status).toBe(200);
    // The local gateway says of JSON which characters it is in.
    expect(headers.get('content-type')?.split(';')[0]).toBe(mediaType);
    expect(headers.get('vary')).toMatch(/\baccept\b/i);
  });

  const FROZEN = 'private, max-age=86400, immutable';
  test.each([
    ['', FROZEN],
    ['?format=html', FROZEN],
    ['?format=csv&rows=lines', FROZEN],
    ['/charges?format=ndjson', FROZEN],
    ['/charges?format=ndjson&limit=1', FROZEN],
    // It also has the retractions of the same events, of which more may be reported.
    ['/charges', 'private, no-cache'],
    // It also has the latest status of each job.
    ['?format=csv', 'private, no-cache'],
  ])(
    'of what is billed, %j, is sent once: its tag is answered with 304, and only after the token',
    async (query, caching) => {
      const path = `${STATEMENT}${query}`;
      const first = await get(path);
      const etag = String(first.headers.get('etag'));
      expect(first.headers.get('cache-control')).toBe(caching);
      expect(first.headers.get('vary')).toMatch(/^accept, authorization, origin/);
      const again = await get(path, { 'if-none-match': etag });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(etag);
      const url = `${stack.url}${path}`;
      for (const [status, authorization] of [
        [401, 'Bearer none'],
        [404, `Bearer ${await tokenFor(['proj-2'])}`],
      ] as const) {
        const refused = await request(url, { headers: { authorization, 'if-none-match': etag } });
        expect(refused.status).toBe(status);
        expect(refused.headers.get('cache-control')).toBe('no-store');
      }
    },
  );

  test('has a tag of its own', async () => {
    const queries = [
      '',
      '?format=html',
      '?format=csv',
      '?format=csv&rows=lines',
      '/charges',
      '/charges?format=ndjson',
    ];
    const tags = await Promise.all(
      queries.map(async (query) => (await get(`${STATEMENT}${query}`)).headers.get('etag')),
    );
    expect(new Set(tags).size).toBe(queries.length);
  });

  test('of what can change is kept by nobody', async () => {
    for (const path of [
      '/v1/projects/proj-1/statements',
      `/v1/projects/proj-1/usage?month=${OCTOBER}`,
      `/v1/projects/proj-1/jobs?month=${OCTOBER}`,
      '/v1/projects/proj-1/statements/2000-01',
    ]) {
      const { headers } = await get(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('etag')).toBeNull();
    }
  });

  test('that there is not is 406 by Accept, and 422 by name', async () => {
    for (const path of [STATEMENT, `${STATEMENT}/charges`]) {
      const refused = await get(path, { accept: 'application/zip' });
      expect(refused).toMatchObject({ status: 406, body: { type: 'urn:jobmeter:problem:not-acceptable' } });
      const invalid = await get(`${path}?format=xlsx`);
      expect(invalid).toMatchObject({ status: 422, body: { errors: [{ pointer: 'format' }] } });
    }
    const rows = await get(`${STATEMENT}?format=csv&rows=jobs`);
    expect(rows).toMatchObject({ status: 422, body: { errors: [{ pointer: 'rows' }] } });
  });

  test.each(['json', 'html', 'csv', 'pdf'])('reveals nothing of foreign projects: %s', async (format) => {
    const [foreign, unknown] = await Promise.all(
      ['proj-2', 'unheard-of'].map((projectId) =>
        get(`/v1/projects/${projectId}/statements/${NOVEMBER}?format=${format}`),
      ),
    );
    expect(foreign?.status).toBe(404);
    expect(foreign?.text).toBe(unknown?.text);
  });

  test.each(['json', 'html', 'csv', 'pdf'])('of a statement that is not there is 404: %s', async (format) => {
    const { status, headers } = await get(`/v1/projects/proj-1/statements/2001-01?format=${format}`);
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 404,
      type: 'application/problem+json',
    });
  });
});

describe('charges, one a line,', () => {
  const readPages = async (): Promise<string[]> => {
    const path = `${STATEMENT}/charges`;
    const pages: string[] = [];
    for (let query = '?limit=2'; ; ) {
      const { headers, text } = await get(`${path}${query}`, { accept: 'application/x-ndjson' });
      expect(headers.get('content-type')).toBe('application/x-ndjson');
      pages.push(text);
      const next = /^<(\?[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      if (next === undefined) return pages;
      query = next;
    }
  };

  test('are the charges of the JSON, page by page', async () => {
    const pages = await readPages();
    expect(pages.map((page) => page.split('\n').length - 1)).toEqual([2, 2, 2]);
    const { body } = await get<{ charges: unknown[] }>(`${STATEMENT}/charges`);
    const lines = pages.join('').split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line))).toEqual(body.charges);
  });

  test('have the digest of the statement, as they come', async () => {
    const { body } = await get<{ digest: string }>(STATEMENT);
    const digest = createHash('sha256')
      .update((await readPages()).join(''))
      .digest('hex');
    expect(body.digest).toBe(`sha256:${digest}`);
  });

  test('prove the statement', async () => {
    const files = { statement: (await get(STATEMENT)).text, charges: (await readPages()).join('') };
    const names = Object.keys(files).map((name) => join(folder, `${name}.json`));
    for (const [index, text] of Object.values(files).entries()) await writeFile(names[index] ?? '', text);
    expect(await run('cli/jobmeter.ts', ['verify', ...names])).toMatchObject({ code: 0 });
  });
});

describe('on the command line', () => {
  const jobmeter = (...args: string[]) => run('cli/jobmeter.ts', ['statement', ...args], stage);

  test('a statement is a table', async () => {
    const { code, stdout } = await jobmeter('proj-1', NOVEMBER);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${OCTOBER} \\(correction\\) +ai1-1-cpu +cpu +-600 +-1,200 +0.03 +-0.60$`, 'm'),
    );
    expect(stdout).toMatch(/^total 1\.87 EUR\n$/m);
  });

  test.each(['json', 'html', 'csv'])('it is what the API answers: %s', async (format) => {
    const { text } = await get(`${STATEMENT}?format=${format}`);
    const { stdout } = await jobmeter('proj-1', NOVEMBER, '--format', format);
    expect(format === 'json' ? JSON.stringify(JSON.parse(stdout)) : stdout).toBe(text);
  });

  test('it can be written to a file', async () => {
    const file = join(folder, 'lines.csv');
    const written = await jobmeter('proj-1', NOVEMBER, '--format', 'csv', '--rows', 'lines', '-o', file);
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(file, 'utf8')).toBe((await get(`${STATEMENT}?format=csv&rows=lines`)).text);
  });

  test('it is the PDF that the API answers', async () => {
    const file = join(folder, 'statement.pdf');
    expect(await jobmeter('proj-1', NOVEMBER, '--format', 'pdf', '-o', file)).toMatchObject({ code: 0 });
    const { bytes, headers } = await get(STATEMENT, { accept: 'application/pdf' });
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="statement-proj-1-${NOVEMBER}.pdf"`,
    );
    expect((await readFile(file)).equals(Buffer.from(bytes))).toBe(true);
    const { info, pages } = await readPdf(bytes);
    expect(info).toMatchObject({ Title: `Statement of proj-1 for November ${YEAR}` });
    expect(pages[0]?.structure.text.replaceAll('\u00a0', ' ')).toMatch(/Total *1\.87 EUR/);
  });

  test('--json means JSON', async () => {
    const { stdout } = await jobmeter('proj-1', NOVEMBER, '--json');
    expect(JSON.parse(stdout)).toEqual(await readStatement());
  });

  test('a statement that is not there exits with 1, wrong use with 2', async () => {
    expect(await jobmeter('proj-1', '2001-01')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no statement of proj-1 for 2001-01'),
    });
    expect(await jobmeter('proj-1', 'November')).toMatchObject({ code: 2 });
    expect(await jobmeter('proj-1', NOVEMBER, '--format', 'xlsx')).toMatchObject({ code: 2 });
    expect(await jobmeter('proj-1')).toMatchObject({ code: 2 });
  });
});
