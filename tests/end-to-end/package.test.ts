import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { staticFiles } from '#static-files';
import { bundleModule, createBundles } from '../../bench/bundles.ts';
import { loadMs } from '../../bench/load-bundle.ts';
import { benchEnvironment } from '../../bench/run-row.ts';
import * as money from '../../lib/billing/money.ts';
import { METRICS } from '../../lib/metrics.ts';
import type { createOvhClient } from '../../lib/provider/ovh-client.ts';
import { SCANNED_ATTRIBUTES } from '../../lib/store/facts.ts';
import { readPdf } from '../unit/export/read-pdf.ts';
import { eventOf } from '../unit/http/requests.ts';
import { createStory, readPapers } from '../unit/operations/statement-story.ts';
import { listen } from '../unit/provider/loopback.ts';
import { packageStage, type Statement } from './package/template.ts';
import { type Touches, touchesOf } from './package/touches.ts';

/** Code with a library of a file format, or of the provider. */
const LIBRARIES = [
  { library: /statement-pdf|pdfkit/, functions: ['get-statement'] },
  { library: /focus-parquet|hyparquet/, functions: ['get-export'] },
  { library: /node-ovh/, functions: ['close-month', 'deliver-events', 'poll-jobs', 'retry-deliveries'] },
];
const WITH_LIBRARY = LIBRARIES.flatMap(({ functions }) => functions);

const EVENTS = ['lib/operations/read-event.ts', 'lib/shapes/event.ts', 'lib/shapes/fields.ts'];
const OVH_JOBS = ['lib/sources/ovh-job.ts', 'lib/sources/record-members.ts'];

const FUNCTIONS = (await readdir('functions')).map((file) => file.replace('.ts', ''));

/** As the Serverless Framework names what belongs to a function. */
const logicalName = (name: string, suffix: string) =>
  `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', 'Dash')}${suffix}`;
const arnOf = (resource: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [resource, attribute] });

let packaged: Awaited<ReturnType<typeof packageStage>>;
beforeAll(async () => {
  packaged = await packageStage('production', ['--param', 'corsOrigins=https://portal.example']);
});

const functionOf = (name: string) => packaged.properties(logicalName(name, 'LambdaFunction'));
const roleOf = (name: string) => {
  const { Role } = functionOf(name) as { Role: { 'Fn::GetAtt': [string, 'Arn'] } };
  return Role['Fn::GetAtt'][0];
};
const environmentOf = (name: string) =>
  (functionOf(name) as { Environment: { Variables: Readonly<Record<string, unknown>> } }).Environment
    .Variables;
const referTo = (value: unknown, text: string) => JSON.stringify(value).includes(text);
const statementsOf = (name: string) => packaged.statements(roleOf(name));

describe('a package', () => {
  let directory: string;
  let built: Awaited<ReturnType<typeof createBundles>>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'jobmeter-bundles-'));
    built = await createBundles(directory);
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('has one small bundle a function', () => {
    expect(packaged.bundles.map(({ name }) => name).sort()).toEqual(
      FUNCTIONS.map((name) => `${name}.zip`).sort(),
    );
    const limitOf = (name: string) => {
      // Most of it is the page and the description of the API.
      if (name === 'get-page') return 145_000;
      return WITH_LIBRARY.includes(name) ? 200_000 : 120_000;
    };
    for (const { name, zip } of packaged.bundles)
      expect(zip.length, name).toBeLessThan(limitOf(name.replace('.zip', '')));
  });

  test('loads each function alone with the settings of the benchmark that measures it', async () => {
    const settings = benchEnvironment('http://127.0.0.1:1');
    for (const bundle of built.functions) expect(await loadMs(bundle, settings)).toBeGreaterThan(0);
  });

  test('has at most 320 KB of code a function, 510 with a library, and no search for credentials', async () => {
    const { functions, stock } = built;
    const searches = async (url: string) =>
      /credential_process|sso_start_url|AWS_WEB_IDENTITY_TOKEN_FILE/.test(
        await readFile(new URL(url), 'utf8'),
      );
    // AWS's client as it comes does search, so the words looked for are the right ones.
    expect(await searches(stock.url)).toBe(true);
    expect(functions.map(({ name }) => name).sort()).toEqual([...FUNCTIONS].sort());
    for (const { name, bytes, url } of functions) {
      expect(bytes, name).toBeLessThanOrEqual(WITH_LIBRARY.includes(name) ? 510_000 : 320_000);
      expect(await searches(url), name).toBe(false);
    }
  });

  test('has a library only where a format is written, or the provider is called, and compiles it on demand', () => {
    for (const { library, functions } of LIBRARIES) {
      const having = built.functions.flatMap(({ name, files }) =>
        [...files.keys()].filter((file) => library.test(file)).map((file) => ({ name, file })),
      );
      expect(having.map(({ name }) => name).sort()).toEqual(functions);
      for (const { file } of having) expect(file).toMatch(/^on-demand:/);
    }
  });

  test('has no list of currencies to be read at each start, but what is known of them', async () => {
    const { url } = await bundleModule(
      `export { isCurrency, minorDigits } from './lib/billing/money.ts';`,
      join(directory, 'money.cjs'),
    );
    const bundled: Pick<typeof money, 'isCurrency' | 'minorDigits'> = await import(url);
    for (const currency of ['EUR', 'JPY', 'KWD', 'CLF', 'MGA', 'MRU']) {
      expect(bundled.isCurrency(currency)).toBe(true);
      expect(bundled.minorDigits(currency)).toBe(money.minorDigits(currency));
    }
    expect(bundled.isCurrency('XYZ')).toBe(false);
    for (const { name, files } of built.functions)
      expect(
        [...files.keys()].filter((file) => file.includes('dinero')),
        name,
      ).toEqual([]);
  });

  test('writes the same PDF with the parts of the library that it has', async () => {
    const { statementPdf } = await import('../../lib/export/statement-pdf.ts');
    const source = `export const load = () => import('./lib/export/statement-pdf.ts');`;
    const { url } = await bundleModule(source, join(directory, 'statement-pdf.cjs'));
    const bundle: { readonly load: () => Promise<{ readonly statementPdf: typeof statementPdf }> } =
      await import(url);
    const bundled = await bundle.load();
    const { statement } = await readPapers(await createStory(), 'proj-1', '2026-10');
    expect(await readPdf(await bundled.statementPdf('AI Training', statement))).toEqual(
      await readPdf(await statementPdf('AI Training', statement)),
    );
  });

  test('calls the provider, with either credentials, by the parts of its client that it has', async () => {
    const source = `export { createOvhClient } from './lib/provider/ovh-client.ts';`;
    const { url } = await bundleModule(source, join(directory, 'ovh-client.cjs'));
    const bundled: { readonly createOvhClient: typeof createOvhClient } = await import(url);
    const provider = await listen(({ path }) => {
      if (path.endsWith('/time')) return { json: Math.round(Date.now() / 1000) };
      return { json: path.endsWith('/token') ? { access_token: 'token-1', expires_in: 60 } : [path] };
    });
    const keys = { applicationKey: 'key', applicationSecret: 'secret', consumerKey: 'consumer' };
    const account = { clientId: 'client', clientSecret: 'a b' };
    for (const credentials of [{ kind: 'keys', ...keys } as const, { kind: 'oauth2', ...account } as const]) {
      const api = bundled.createOvhClient({ endpoint: { url: provider.url }, credentials });
      expect(await api.usages('p1')).toEqual(['/1.0/cloud/project/p1/usage/history']);
    }
    const [, signed, token, called] = provider.received;
    expect(signed?.headers['x-ovh-signature']).toMatch(/^\$1\$[0-9a-f]{40}$/);
    expect(token?.headers.authorization).toBe(`Basic ${btoa('client:a+b')}`);
    expect(token?.body).toBe('grant_type=client_credentials&scope=all');
    expect(called?.headers.authorization).toBe('Bearer token-1');
    await provider.close();
  });

  test('has a schema library for the environment, and else only where an event or a body is validated', () => {
    const validating = built.functions.map(({ name, files }) => {
      const importing = [...files].filter(([, imported]) =>
        imported.some((file) => file.includes('/valibot/')),
      );
      return [
        name,
        importing
          .map(([file]) => file)
          .filter((file) => !file.startsWith('lib/config'))
          .sort(),
      ] as const;
    });
    expect(Object.fromEntries(validating.filter(([, files]) => files.length > 0))).toEqual({
      'record-events': EVENTS,
      'record-platform-events': [
        ...EVENTS,
        'lib/sources/batch.ts',
        'lib/sources/event-bridge.ts',
        'lib/sources/record-members.ts',
        'lib/sources/sagemaker.ts',
      ],
      'poll-jobs': [...EVENTS, ...OVH_JOBS],
      'close-month': ['lib/operations/close/close-months.ts', ...EVENTS, ...OVH_JOBS],
      'put-approval': [
        'lib/http/json-body.ts',
        'lib/shapes/decision.ts',
        'lib/shapes/fields.ts',
        'lib/shapes/members.ts',
      ],
      'put-budget': [
        'lib/http/json-body.ts',
        'lib/shapes/budget.ts',
        'lib/shapes/fields.ts',
        'lib/shapes/members.ts',
      ],
      'create-link': [
        'lib/http/json-body.ts',
        'lib/shapes/fields.ts',
        'lib/shapes/link.ts',
        'lib/shapes/members.ts',
      ],
    });
    const filesOfPage = built.functions.find(({ name }) => name === 'get-page')?.files.keys() ?? [];
    expect([...filesOfPage].filter((file) => file.includes('valibot'))).toEqual([]);
  });

  test('has the web page and the description of the API as built, and nothing that builds them', () => {
    const containing = (pattern: RegExp) =>
      built.functions.flatMap(({ name, files }) =>
        [...files.keys()].filter((file) => pattern.test(file)).map((file) => `${name}: ${file}`),
      );
    expect(containing(/static-files/)).toEqual(['get-page: built:#static-files']);
    expect(containing(/to-json-schema|lib\/http\/openapi|^web\/|esbuild/)).toEqual([]);
  });

  test('answers with the page and the description of the API from the bundle alone', async () => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    const { handler } = await import(built.functions.find(({ name }) => name === 'get-page')?.url ?? '');
    const accepting = eventOf({ method: 'GET', headers: { 'accept-encoding': 'gzip' } });
    expect(staticFiles.map(({ path }) => path.replace(/page-.*\./, 'page.'))).toEqual([
      '/',
      '/assets/page.js',
      '/assets/page.css',
      '/v1/openapi.json',
      '/v1/docs',
    ]);
    for (const { path, contentType, etag, gzip, namesOrigin } of staticFiles) {
      const [, file] = /^\/assets\/(.*)/.exec(path) ?? [];
      const event = file
        ? { ...accepting, routeKey: 'GET /assets/{file}', pathParameters: { file } }
        : { ...accepting, routeKey: `GET ${path}` };
      expect(await handler(event, { awsRequestId: 'request-1' } as Context)).toMatchObject({
        statusCode: 200,
        headers: { etag, 'content-type': contentType, 'content-encoding': 'gzip' },
        // What names the address of the API is compressed for each request.
        body: namesOrigin ? expect.stringMatching(/^H4sI/) : gzip,
      });
    }
    expect(staticFiles.filter(({ namesOrigin }) => namesOrigin).map(({ path }) => path)).toEqual([
      '/v1/openapi.json',
      '/v1/docs',
    ]);
    vi.unstubAllEnvs();
  });

  test('refers to nothing that is not deployed', () => {
    expect(packaged.references.length).toBeGreaterThan(FUNCTIONS.length);
    expect(packaged.references.filter((name) => !(name in packaged.resources))).toEqual([]);
  });

  test('has no secrets, only where they are kept', () => {
    expect(packaged.text).not.toMatch(/whsec_|jobmeter-local-token-secret/);
    const secret = (name: string) => `{{resolve:secretsmanager:jobmeter/production:SecretString:${name}}}`;
    expect(functionOf('record-events')).toMatchObject({
      Environment: { Variables: { WEBHOOK_SECRET: secret('WEBHOOK_SECRET') } },
    });
    const readers = FUNCTIONS.filter((name) => 'TOKEN_ISSUER' in environmentOf(name));
    expect(readers).toHaveLength(17);
    for (const name of readers)
      expect(environmentOf(name)).toMatchObject({ TOKEN_SECRET: secret('TOKEN_SECRET') });
  });
});

test('a parameter that is misspelt, or refused by the functions, ends the package with its name', async () => {
  const wrong = ['isue=approve', 'billingTimeZone=Europe/Pariss', 'closeAfter=2days', 'provider==mine'];
  const refused = await packageStage(
    'production',
    wrong.flatMap((param) => ['--param', param]),
  ).catch(String);
  expect(refused).toContain('there is no parameter isue: the names are webhookSecret, ');
  expect(refused).toContain('billingTimeZone must be an IANA time zone');
  expect(refused).toContain('closeAfter must be a duration from 0s to 20d');
  expect(refused).toContain('provider must be 1 to 120 printable characters');
});

describe('a stage that polls no projects', () => {
  test('needs no credentials of the provider, and has no schedule for polls', () => {
    expect(packaged.text).not.toContain('SecretString:OVH_CREDENTIALS');
    for (const name of ['poll-jobs', 'close-month', 'deliver-events', 'retry-deliveries'])
      expect(environmentOf(name)).toMatchObject({ OVH_PROJECTS: '', OVH_CREDENTIALS: '' });
  });
});

describe.each(FUNCTIONS)('%s', (name) => {
  test('runs on Node 24 on arm64, and logs its metrics', () => {
    expect(functionOf(name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Environment: { Variables: { POWERTOOLS_METRICS_DISABLED: 'false' } },
    });
  });

  test("logs in JSON, without Lambda's own lines of invocations that went well", () => {
    expect(functionOf(name)).toMatchObject({
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' },
    });
  });

  test('logs to a group of its own that forgets after some months', () => {
    expect(packaged.properties(logicalName(name, 'LogGroup'))).toMatchObject({
      LogGroupName: `/aws/lambda/jobmeter-production-${name}`,
      RetentionInDays: 90,
    });
    expect(statementsOf(name)).toContainEqual({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: arnOf(logicalName(name, 'LogGroup')),
    });
  });

  test('has a role of its own, for the partitions and actions it needs and no others', async () => {
    expect(FUNCTIONS.filter((other) => roleOf(other) === roleOf(name))).toEqual([name]);
    const onTable = statementsOf(name).filter(
      ({ Resource }) => Resource['Fn::GetAtt'][0] === 'JobmeterTable',
    );
    const grants = onTable
      .filter(({ Resource }) => Resource['Fn::GetAtt'][1] === 'Arn')
      .flatMap(({ Action, Condition }) => Action.map((action) => [action, partitionsIn(Condition)] as const));
    const granted: Touches = Object.fromEntries(grants);
    // Of two grants of one action the wider one counts.
    expect(Object.keys(granted)).toHaveLength(grants.length);
    const touched = Object.entries(await touchesOf(name)).map(([action, partitions]) => [
      `dynamodb:${action}`,
      partitions,
    ]);
    expect(granted).toEqual(Object.fromEntries(touched));
  });
});

const partitionsIn = (condition: Statement['Condition']): readonly string[] => {
  const { 'dynamodb:LeadingKeys': partitions } = condition?.['ForAllValues:StringLike'] ?? {};
  return Array.isArray(partitions) ? partitions.map(String).sort() : [];
};

describe('the roles', () => {
  test('are those of the functions, and none allows anything on everything', () => {
    const permissions = Object.entries(packaged.resources).filter(([, { Type }]) =>
      Type.startsWith('AWS::IAM::'),
    );
    expect(new Set(permissions.map(([, { Type }]) => Type))).toEqual(new Set(['AWS::IAM::Role']));
    const roles = permissions.map(([name]) => name);
    expect(roles.sort()).toEqual(FUNCTIONS.map(roleOf).sort());
    for (const statement of roles.flatMap(packaged.statements)) {
      expect(statement.Action.join()).not.toContain('*');
      expect(JSON.stringify(statement.Resource)).not.toContain('*');
    }
  });

  test('let only the audit scan the table, and only its keys and the attributes of facts', () => {
    const scanning = FUNCTIONS.flatMap(statementsOf).filter(({ Action }) => Action.includes('dynamodb:Scan'));
    expect(scanning).toEqual([
      {
        Effect: 'Allow',
        Action: ['dynamodb:Scan'],
        Resource: arnOf('JobmeterTable'),
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...SCANNED_ATTRIBUTES] },
          StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        },
      },
    ]);
  });

  test('let only settle-jobs and deliver-events read the stream, each with its failure destination', () => {
    const onStream = FUNCTIONS.filter((name) =>
      statementsOf(name).some(({ Resource }) => referTo(Resource, 'StreamArn')),
    );
    expect(onStream).toEqual(['deliver-events', 'settle-jobs']);
    for (const [name, queue] of Object.entries({
      'settle-jobs': 'UnsettledFacts',
      'deliver-events': 'UndeliveredEvents',
    })) {
      const toQueue = FUNCTIONS.filter((other) =>
        statementsOf(other).some(({ Resource }) => referTo(Resource, queue)),
      );
      expect(toQueue).toEqual([name]);
      expect(statementsOf(name)).toContainEqual({
        Effect: 'Allow',
        Action: ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
          (action) => `dynamodb:${action}`,
        ),
        Resource: arnOf('JobmeterTable', 'StreamArn'),
      });
      expect(statementsOf(name)).toContainEqual({
        Effect: 'Allow',
        Action: ['sqs:SendMessage'],
        Resource: arnOf(queue),
      });
    }
  });
});

describe('the way of a fact', () => {
  test('repeats what failed, alone in the end, and puts down what it gives up on before the stream forgets', () => {
    const mapping = packaged.properties('SettleDashjobsEventSourceMappingDynamodbJobmeterTable') as {
      FilterCriteria: { Filters: readonly { Pattern: string }[] };
    };
    expect(mapping).toMatchObject({
      Enabled: true,
      EventSourceArn: arnOf('JobmeterTable', 'StreamArn'),
      FunctionName: arnOf('SettleDashjobsLambdaFunction'),
      StartingPosition: 'TRIM_HORIZON',
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 82_800,
      DestinationConfig: { OnFailure: { Destination: arnOf('UnsettledFacts') } },
    });
    // By default it has no end before that age: any number could be used up by a function that fails at once.
    expect(mapping).not.toHaveProperty('MaximumRetryAttempts');
    expect(mapping.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      {
        eventName: ['INSERT'],
        dynamodb: {
          Keys: { pk: { S: [{ prefix: 'JOB#' }] }, sk: { S: [{ prefix: 'EVENT#' }, { prefix: 'CUT#' }] } },
        },
      },
    ]);
    expect(packaged.resource('UnsettledFacts')).toMatchObject({
      Type: 'AWS::SQS::Queue',
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    });
  });

  test('answers pages of the origins of the stage alone, without credentials of the browser', () => {
    expect(packaged.properties('HttpApi').CorsConfiguration).toEqual({
      AllowOrigins: ['https://portal.example'],
      AllowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      AllowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match'],
      ExposeHeaders: ['content-disposition', 'etag', 'link', 'retry-after', 'x-request-id'],
      MaxAge: 3600,
    });
  });

  test('is logged for one in a hundred, where it went well and there are as many lines as events', () => {
    const sampled = FUNCTIONS.filter((name) => 'LOG_SAMPLE' in environmentOf(name));
    expect(sampled).toEqual(['record-events', 'record-platform-events', 'settle-jobs']);
    for (const name of sampled) expect(environmentOf(name)).toMatchObject({ LOG_SAMPLE: '0.01' });
  });

  test('leads through the API alone, unless the stage has a URL for events', () => {
    expect(packaged.ofType('AWS::Lambda::Url')).toEqual([]);
    expect(functionOf('record-events')).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('is throttled at the door', () => {
    expect(packaged.properties('HttpApiStage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 },
    });
  });

  test('ends in a table that grows with its load, can be taken back to any second and outlives its stack', () => {
    expect(packaged.resource('JobmeterTable')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  test('is followed by schedules in every hour: retries, budgets, snapshots, the audit and the close', () => {
    const schedules = packaged
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.ScheduleExpression !== undefined)
      .map(({ name, properties }) => [name, properties.ScheduleExpression, properties.State]);
    expect(schedules.sort()).toEqual([
      ['AuditDashchargesEventsRuleSchedule1', 'rate(15 minutes)', 'ENABLED'],
      ['CheckDashbudgetsEventsRuleSchedule1', 'rate(1 minute)', 'ENABLED'],
      ['CloseDashmonthEventsRuleSchedule1', 'rate(1 minute)', 'ENABLED'],
      ['PollDashjobsEventsRuleSchedule1', 'rate(1 minute)', 'DISABLED'],
      ['RetryDashdeliveriesEventsRuleSchedule1', 'rate(1 minute)', 'ENABLED'],
      ['SettleDashparkedEventsRuleSchedule1', 'rate(15 minutes)', 'ENABLED'],
      ['TakeDashsnapshotsEventsRuleSchedule1', 'rate(1 minute)', 'ENABLED'],
    ]);
  });
});

describe('the way of an event out', () => {
  test('leads from the stream to its function alone, repeated while the table fails, then to a queue', () => {
    const mapping = packaged.properties('DeliverDasheventsEventSourceMappingDynamodbJobmeterTable') as {
      FilterCriteria: { Filters: readonly { Pattern: string }[] };
    };
    expect(mapping).toMatchObject({
      Enabled: true,
      FunctionName: arnOf('DeliverDasheventsLambdaFunction'),
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 82_800,
      DestinationConfig: { OnFailure: { Destination: arnOf('UndeliveredEvents') } },
    });
    expect(mapping).not.toHaveProperty('MaximumRetryAttempts');
    // Events out wait for no others: a stop of a job would.
    expect(mapping).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    // Batches of one shard at the same time would send events of a topic in another order.
    expect(mapping).not.toHaveProperty('ParallelizationFactor');
    expect(mapping.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      {
        eventName: ['INSERT'],
        dynamodb: { Keys: { pk: { S: [{ prefix: 'OUT#' }] }, sk: { S: [{ prefix: 'EVENT#' }] } } },
      },
    ]);
    expect(packaged.resource('UndeliveredEvents')).toMatchObject({
      Type: 'AWS::SQS::Queue',
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    });
  });

  test('is signed with a key that only the two functions which send have', () => {
    const having = FUNCTIONS.filter((name) => 'ENDPOINT_KEY' in environmentOf(name));
    expect(having).toEqual(['deliver-events', 'retry-deliveries']);
    for (const name of having)
      expect(environmentOf(name)).toMatchObject({
        ENDPOINT_KEY: '{{resolve:secretsmanager:jobmeter/production:SecretString:ENDPOINT_KEY}}',
      });
  });
});

describe('the way of an event of a platform', () => {
  const queue = arnOf('UnrecordedEvents');

  test('leads from the two events of the bus of the account to their function, and nothing else does', () => {
    const [rule, ...others] = packaged
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.EventPattern !== undefined);
    expect(others).toEqual([]);
    expect(rule?.properties).toEqual({
      Name: 'jobmeter-production-platform-events',
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.sagemaker', 'aws.batch'],
        'detail-type': ['SageMaker Training Job State Change', 'Batch Job State Change'],
      },
      Targets: [
        {
          Arn: arnOf('RecordDashplatformDasheventsLambdaFunction'),
          Id: expect.any(String),
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
          DeadLetterConfig: { Arn: queue },
        },
      ],
    });
    const invoking = packaged
      .ofType('AWS::Lambda::Permission')
      .filter(({ properties: { FunctionName } }) => referTo(FunctionName, 'RecordDashplatformDashevents'));
    expect(invoking).toMatchObject([
      { properties: { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' } },
    ]);
    expect(JSON.stringify(invoking)).toContain('["rule","jobmeter-production-platform-events"]');
  });

  test('ends in a queue for what could not be delivered, and for what failed', () => {
    expect(packaged.properties('RecordDashplatformDasheventsLambdaEvConf')).toMatchObject({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: { OnFailure: { Destination: queue } },
    });
    expect(packaged.resource('UnrecordedEvents')).toMatchObject({
      Type: 'AWS::SQS::Queue',
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    });
    expect(packaged.properties('UnrecordedEventsPolicy')).toMatchObject({
      Queues: [{ Ref: 'UnrecordedEvents' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue,
            Condition: {
              ArnEquals: {
                'aws:SourceArn': {
                  'Fn::Sub': expect.stringMatching(/:rule\/jobmeter-production-platform-events$/),
                },
              },
            },
          },
        ],
      },
    });
    expect(statementsOf('record-platform-events')).toContainEqual({
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: queue,
    });
  });
});

const HOUR_S = 3_600;
const OURS = {
  Namespace: 'jobmeter',
  Dimensions: [
    { Name: 'service', Value: 'jobmeter' },
    { Name: 'stage', Value: 'production' },
  ],
};
const above = (limit: number) => ({ ComparisonOperator: 'GreaterThanThreshold', Threshold: limit });
const within = (minutes: number, periods: number, needed?: number) => ({
  Period: minutes * 60,
  EvaluationPeriods: periods,
  ...(needed !== undefined && { DatapointsToAlarm: needed }),
});
const silenceIsGood = { TreatMissingData: 'notBreaching' };
const silenceIsBad = { TreatMissingData: 'breaching' };

const ALARMS: Readonly<Record<string, object>> = {
  'stream-behind': {
    Namespace: 'AWS/Lambda',
    MetricName: 'IteratorAge',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'SettleDashjobsLambdaFunction' } }],
    Statistic: 'Maximum',
    ...{ ...above(300_000), ...within(5, 3), ...silenceIsGood },
  },
  'jobs-parked': {
    ...OURS,
    MetricName: 'ParkedJobs',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(15, 2), ...silenceIsBad },
  },
  'budget-checks-late': {
    ...OURS,
    MetricName: 'BudgetChecksLateSeconds',
    Statistic: 'Maximum',
    ...{ ...above(300), ...within(5, 2), ...silenceIsBad },
  },
  'snapshots-failed': {
    ...OURS,
    MetricName: 'SnapshotsFailed',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(5, 3), ...silenceIsBad },
  },
  'facts-given-up': {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: arnOf('UnsettledFacts', 'QueueName') }],
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(5, 1), ...silenceIsGood },
  },
  'server-errors': {
    Namespace: 'AWS/ApiGateway',
    MetricName: '5xx',
    Dimensions: [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }],
    Statistic: 'Sum',
    ...{ ...above(0), ...within(5, 3, 2), ...silenceIsGood },
  },
  'recording-errors': {
    Namespace: 'AWS/Lambda',
    MetricName: 'Url5xxCount',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'RecordDasheventsLambdaFunction' } }],
    Statistic: 'Sum',
    ...{ ...above(0), ...within(5, 3, 2), ...silenceIsGood },
  },
  'writes-throttled': {
    Namespace: 'AWS/DynamoDB',
    MetricName: 'WriteThrottleEvents',
    Dimensions: [{ Name: 'TableName', Value: { Ref: 'JobmeterTable' } }],
    Statistic: 'Sum',
    ...{ ...above(0), ...within(5, 3), ...silenceIsGood },
  },
  'reads-throttled': {
    Namespace: 'AWS/DynamoDB',
    MetricName: 'ReadThrottleEvents',
    Dimensions: [{ Name: 'TableName', Value: { Ref: 'JobmeterTable' } }],
    Statistic: 'Sum',
    ...{ ...above(0), ...within(5, 3), ...silenceIsGood },
  },
  'refused-signatures': {
    ...OURS,
    MetricName: 'RefusedSignatures',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(5, 3, 2), ...silenceIsGood },
  },
  'events-given-up': {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: arnOf('UnrecordedEvents', 'QueueName') }],
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(5, 1), ...silenceIsGood },
  },
  'untranslated-events': {
    ...OURS,
    MetricName: 'UntranslatedEvents',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  unrated: {
    ...OURS,
    MetricName: 'UnratedCharges',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  held: {
    ...OURS,
    MetricName: 'HeldCharges',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  'held-jobs': {
    ...OURS,
    MetricName: 'HeldJobs',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(24 * 60, 1), ...silenceIsGood },
  },
  'close-overdue': {
    ...OURS,
    MetricName: 'MonthsOverdue',
    Statistic: 'Minimum',
    ...{ ...above(0), ...within(60, 24), ...silenceIsBad },
  },
  'drafts-waiting': {
    ...OURS,
    MetricName: 'DraftsWaiting',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(60, 48), ...silenceIsGood },
  },
  'closed-unasked': {
    ...OURS,
    MetricName: 'MonthsClosedUnasked',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  'polls-behind': {
    ...OURS,
    MetricName: 'PollAgeSeconds',
    Statistic: 'Maximum',
    // Where projects are polled, silence is bad: tests/unit/polling-settings.test.ts.
    ...{ ...above(900), ...within(5, 3, 1), ...silenceIsGood },
  },
  untranslated: {
    ...OURS,
    MetricName: 'UntranslatedJobs',
    Statistic: 'Sum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  'deliveries-behind': {
    Namespace: 'AWS/Lambda',
    MetricName: 'IteratorAge',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'DeliverDasheventsLambdaFunction' } }],
    Statistic: 'Maximum',
    ...{ ...above(300_000), ...within(5, 3), ...silenceIsGood },
  },
  'deliveries-failing': {
    ...OURS,
    MetricName: 'FailingDeliverySeconds',
    Statistic: 'Maximum',
    ...{ ...above(24 * HOUR_S), ...within(15, 2), ...silenceIsGood },
  },
  'stops-failing': {
    ...OURS,
    MetricName: 'FailingStopSeconds',
    Statistic: 'Maximum',
    ...{ ...above(15 * 60), ...within(5, 1), ...silenceIsGood },
  },
  'deliveries-parked': {
    ...OURS,
    MetricName: 'ParkedDeliveries',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(15, 2), ...silenceIsBad },
  },
  'deliveries-given-up': {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: arnOf('UndeliveredEvents', 'QueueName') }],
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(5, 1), ...silenceIsGood },
  },
  'audit-drift': {
    ...OURS,
    MetricName: 'AuditDifferences',
    Statistic: 'Maximum',
    ...{ ...above(0), ...within(60, 1), ...silenceIsGood },
  },
  'audit-missed': {
    ...OURS,
    MetricName: 'AuditsFinished',
    Statistic: 'Sum',
    ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, ...within(60, 28), ...silenceIsBad },
  },
};

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmActions: unknown;
  readonly Namespace: string;
  readonly MetricName: (typeof METRICS)[number];
  readonly Period: number;
  readonly EvaluationPeriods: number;
}

const alarms = () =>
  packaged
    .ofType('AWS::CloudWatch::Alarm')
    .map(({ name, properties }) => ({ name, properties: properties as unknown as Alarm }));

describe('the alarms', () => {
  test.each(Object.entries(ALARMS))('%s exists, and notifies the topic', (name, rule) => {
    const alarm = alarms().find(({ properties }) => properties.AlarmName === `jobmeter-production-${name}`);
    expect(alarm?.properties).toEqual({
      AlarmName: `jobmeter-production-${name}`,
      AlarmDescription: expect.any(String),
      AlarmActions: [{ Ref: 'AlarmTopic' }],
      ...rule,
    });
  });

  test('are no others, watch logged metrics, and no further back than CloudWatch can', () => {
    expect(alarms()).toHaveLength(Object.keys(ALARMS).length);
    for (const { properties } of alarms()) {
      if (properties.Namespace === 'jobmeter') expect(METRICS).toContain(properties.MetricName);
      const looksBack = properties.Period * properties.EvaluationPeriods;
      expect(looksBack).toBeLessThanOrEqual(properties.Period < HOUR_S ? 24 * HOUR_S : 7 * 24 * HOUR_S);
    }
  });

  test('are each explained where an operator looks', () => {
    const handbook = readFileSync('docs/operations.md', 'utf8');
    for (const name of Object.keys(ALARMS)) expect(handbook).toContain(`| \`${name}\` `);
    for (const metric of METRICS) expect(handbook).toContain(`| \`${metric}\` `);
  });

  test('can be sent to an e-mail address, and are sent nowhere by default', () => {
    expect(packaged.resource('AlarmTopic').Type).toBe('AWS::SNS::Topic');
    expect(packaged.resource('AlarmEmail')).toMatchObject({
      Condition: 'HasAlarmEmail',
      Properties: { TopicArn: { Ref: 'AlarmTopic' }, Protocol: 'email' },
    });
    expect(JSON.parse(packaged.text).Conditions.HasAlarmEmail).toEqual({
      'Fn::Not': [{ 'Fn::Equals': ['', ''] }],
    });
  });
});

describe('the dashboard', () => {
  test('shows every alarm and every number, and names nothing that is not deployed', () => {
    const { DashboardBody } = packaged.properties('Dashboard') as { DashboardBody: { 'Fn::Sub': string } };
    const body = DashboardBody['Fn::Sub'];
    expect(() => JSON.parse(body)).not.toThrow();
    for (const { name } of alarms()) expect(body).toContain(`"\${${name}.Arn}"`);
    for (const metric of METRICS) expect(body).toContain(`"${metric}"`);
    const named = [...body.matchAll(/\$\{([^.}]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => name !== 'AWS::Region' && !(name in packaged.resources))).toEqual([]);
  });
});
