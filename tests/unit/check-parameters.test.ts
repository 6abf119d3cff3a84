import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROJECT_DIR } from '../../local/serverless-file.ts';

type Variables = Readonly<Record<string, unknown>>;

const { parameterOf, wrongParameters } = (await import(
  new URL('../../deploy/check-parameters.js', import.meta.url).href
)) as {
  readonly parameterOf: (variable: string) => string;
  readonly wrongParameters: (
    service: {
      readonly provider: { readonly environment: Variables };
      readonly functions: Readonly<Record<string, { readonly environment?: Variables }>>;
    },
    declared: Readonly<Record<string, Variables>>,
    given: readonly string[],
  ) => readonly string[];
};

const DECLARED = { default: { closeAfter: '6h', issue: 'at once', tokenSecret: '', invoiceIssuer: '' } };
const STAGE = { STAGE: 'production', TABLE_NAME: 'jobmeter-production' };

/** What is wrong where one function has these variables. */
const wrongWith = (environment: Variables, given: readonly string[] = [], declared = DECLARED) =>
  wrongParameters(
    { provider: { environment: STAGE }, functions: { first: { environment }, second: {} } },
    declared,
    given,
  );

test('a name that is no parameter is refused where it is given, and in the section of a stage', () => {
  expect(wrongWith({}, ['closeAfter', 'isue'])).toEqual([
    'there is no parameter isue: the names are closeAfter, issue, tokenSecret, invoiceIssuer',
  ]);
  const declared = { ...DECLARED, production: { closeafter: '2d', issue: 'approve' } };
  expect(wrongWith({}, [], declared)).toEqual([expect.stringContaining('no parameter closeafter: ')]);
});

test('a value that a function refuses is refused by the name of its parameter', () => {
  expect(wrongWith({ CLOSE_AFTER: '21d', ISSUE: 'Approve', INVOICE_ISSUER_NAME: '=1' })).toEqual([
    'closeAfter must be a duration from 0s to 20d, like 6h or PT6H',
    'issue must be "at once" or approve',
    'invoiceIssuer must be 1 to 120 printable characters, the first none of = + @ -',
  ]);
  expect(wrongWith({ CLOSE_AFTER: '20d', ISSUE: 'approve', LOG_SAMPLE: 1 })).toEqual([]);
});

test('what AWS fills in is not judged, and what is missing is', () => {
  const reference = '{{resolve:secretsmanager:jobmeter/production:SecretString:TOKEN_SECRET}}';
  for (const TOKEN_SECRET of [reference, { 'Fn::ImportValue': 'secret' }])
    expect(wrongWith({ TOKEN_SECRET, TOKEN_JWKS_URL: '' })).toEqual([]);
  expect(wrongWith({ TOKEN_SECRET: '', TOKEN_JWKS_URL: '' })).toEqual([
    expect.stringMatching(/^tokenSecret must be at least 32 characters/),
  ]);
});

test('a variable of serverless.yml has the name of its parameter', () => {
  const text = readFileSync(new URL('serverless.yml', PROJECT_DIR), 'utf8');
  const variables = [...text.matchAll(/^ +([A-Z_]+): .*\$\{param:(\w+)\}$/gm)];
  expect(variables.length).toBeGreaterThan(15);
  const others = variables.filter(([, variable = '', parameter]) => parameterOf(variable) !== parameter);
  // No reader of the settings knows it.
  expect(others.map(([, variable]) => variable)).toEqual(['POWERTOOLS_METRICS_DISABLED']);
});
