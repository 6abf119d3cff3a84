import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../lib/config/environment.ts';
import { readPollConfig } from '../../lib/config/poll.ts';
import {
  LOCAL_TOKEN_SECRET,
  LOCAL_WEBHOOK_SECRET,
  readCloseConfig,
  readExportConfig,
  readLogConfig,
  readPlatformConfig,
  readTableConfig,
  readTokenConfig,
  readWebhookConfig,
} from '../../lib/config.ts';

const TABLE = { STAGE: 'production', TABLE_NAME: 'jobmeter-production' };
const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const TOKEN_SECRET = 'x'.repeat(32);
const KEY_SET = {
  STAGE: 'production',
  TOKEN_JWKS_URL: 'https://id.example/jwks.json',
  TOKEN_ISSUER: 'https://id.example',
  TOKEN_AUDIENCE: 'jobmeter',
};

/** The message of the ConfigError that `read` throws. */
const complaintOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
};

const secretOfBytes = (length: number): string => `whsec_${Buffer.alloc(length, 1).toString('base64')}`;

test('months are billed in UTC and EUR unless the environment says otherwise', () => {
  expect(readTableConfig(TABLE)).toEqual({
    stage: 'production',
    tableName: 'jobmeter-production',
    timeZone: 'UTC',
    currency: 'EUR',
  });
  const config = readTableConfig({ ...TABLE, BILLING_TIME_ZONE: 'Europe/Paris', BILLING_CURRENCY: 'KWD' });
  expect(config).toMatchObject({ timeZone: 'Europe/Paris', currency: 'KWD' });
});

test('an empty variable is one that is not set', () => {
  expect(readTableConfig({ ...TABLE, BILLING_TIME_ZONE: '' }).timeZone).toBe('UTC');
  expect(complaintOf(() => readTableConfig({ ...TABLE, STAGE: '' }))).toContain('STAGE is required');
});

test('one error names every variable at fault', () => {
  const complaint = complaintOf(() =>
    readTableConfig({ BILLING_TIME_ZONE: 'Mars/Olympus', BILLING_CURRENCY: 'euro' }),
  );
  expect(complaint).toBe(
    'The environment cannot be used: STAGE is required; TABLE_NAME is required; ' +
      'BILLING_TIME_ZONE must be an IANA time zone; BILLING_CURRENCY must be an ISO 4217 code',
  );
});

test('an offset is not a time zone: it has no daylight saving', () => {
  expect(complaintOf(() => readTableConfig({ ...TABLE, BILLING_TIME_ZONE: '+01:00' }))).toContain('IANA');
});

test('a configuration cannot be changed', () => {
  expect(Object.isFrozen(readTableConfig(TABLE))).toBe(true);
  const webhook = readWebhookConfig({ STAGE: 'production', WEBHOOK_SECRET });
  expect(Object.isFrozen(webhook) && Object.isFrozen(webhook.secrets)).toBe(true);
  expect(Object.isFrozen(readTokenConfig(KEY_SET))).toBe(true);
});

test('jobs of platforms are of their account, of one project, or of the project that a tag names', () => {
  expect(readPlatformConfig({ PLATFORM_PROJECT: '', PLATFORM_PROJECT_TAG: '' })).toEqual({});
  expect(readPlatformConfig({ PLATFORM_PROJECT: 'proj-1' })).toEqual({ project: { id: 'proj-1' } });
  expect(readPlatformConfig({ PLATFORM_PROJECT_TAG: 'cost center' })).toEqual({
    project: { field: 'cost center' },
  });
  const complaint = (env: Record<string, string>) => complaintOf(() => readPlatformConfig(env));
  expect(complaint({ PLATFORM_PROJECT: 'a/b' })).toContain('PLATFORM_PROJECT must be 1 to 128 characters of');
  expect(complaint({ PLATFORM_PROJECT: 'a', PLATFORM_PROJECT_TAG: 'team' })).toContain(
    'PLATFORM_PROJECT must not be set beside PLATFORM_PROJECT_TAG',
  );
  expect(complaint({ PLATFORM_PROJECT_TAG: 'x'.repeat(129) })).toContain('must be the key of a tag');
});

test('several webhook secrets are separated by white space', () => {
  const secrets = [WEBHOOK_SECRET, secretOfBytes(64)];
  expect(readWebhookConfig({ STAGE: 'a', WEBHOOK_SECRET: ` ${secrets.join(' \n ')} ` })).toEqual({ secrets });
});

test.each([
  ['one byte short', secretOfBytes(23)],
  ['one byte long', secretOfBytes(65)],
  ['without its prefix', WEBHOOK_SECRET.slice('whsec_'.length)],
  ['not base64', 'whsec_not-base64-at-all-but-long-enough-to-be'],
  ['base64 that lost a character', `${secretOfBytes(25).slice(0, -1)}`],
  ['wrong beside a right one', `${WEBHOOK_SECRET} secret`],
])('a webhook secret that is %s is refused and not shown', (_, secret) => {
  const complaint = complaintOf(() => readWebhookConfig({ STAGE: 'a', WEBHOOK_SECRET: secret }));
  expect(complaint).toContain('WEBHOOK_SECRET');
  expect(complaint).not.toContain(secret);
});

test.each([undefined, '', '  '])('a missing webhook secret (%j) is refused', (secret) => {
  const complaint = complaintOf(() => readWebhookConfig({ STAGE: 'a', WEBHOOK_SECRET: secret }));
  expect(complaint).toContain('WEBHOOK_SECRET is required');
});

test('tokens are verified with a secret or with the keys of an issuer', () => {
  expect(readTokenConfig({ STAGE: 'production', TOKEN_SECRET })).toEqual({
    kind: 'secret',
    secret: TOKEN_SECRET,
    mayLastForEver: false,
  });
  expect(readTokenConfig({ ...KEY_SET, TOKEN_SECRET: '' })).toEqual({
    kind: 'jwks',
    url: 'https://id.example/jwks.json',
    issuer: 'https://id.example',
    audience: 'jobmeter',
  });
});

test('neither or both ways to verify tokens is refused', () => {
  expect(complaintOf(() => readTokenConfig({ STAGE: 'a' }))).toContain('or TOKEN_JWKS_URL must be set');
  const complaint = complaintOf(() => readTokenConfig({ ...KEY_SET, TOKEN_SECRET }));
  expect(complaint).toContain('TOKEN_SECRET must not be set beside TOKEN_JWKS_URL');
  expect(complaint).not.toContain(TOKEN_SECRET);
});

test('a key set needs its issuer and audience', () => {
  const { STAGE, TOKEN_JWKS_URL } = KEY_SET;
  const complaint = complaintOf(() => readTokenConfig({ STAGE, TOKEN_JWKS_URL }));
  expect(complaint).toContain('TOKEN_ISSUER is required');
  expect(complaint).toContain('TOKEN_AUDIENCE is required');
});

test('a short token secret is refused and not shown', () => {
  const complaint = complaintOf(() => readTokenConfig({ STAGE: 'a', TOKEN_SECRET: 'x'.repeat(31) }));
  expect(complaint).toContain('TOKEN_SECRET must be at least 32 characters');
  expect(complaint).not.toContain('xxx');
});

test.each(['http://localhost:9/keys', 'http://127.0.0.1:9/keys', 'http://[::1]:9/keys'])(
  '%s may be plain http',
  (url) => {
    expect(readTokenConfig({ ...KEY_SET, TOKEN_JWKS_URL: url })).toMatchObject({ url });
  },
);

test.each(['http://id.example/keys', 'ftp://localhost/keys', 'id.example', 'http://localhost.example/keys'])(
  '%s is no place for keys',
  (url) => {
    const complaint = complaintOf(() => readTokenConfig({ ...KEY_SET, TOKEN_JWKS_URL: url }));
    expect(complaint).toContain('TOKEN_JWKS_URL must be an https URL');
  },
);

test('the documented local secrets work on the local stage only', () => {
  expect(readWebhookConfig({ STAGE: 'local', WEBHOOK_SECRET: LOCAL_WEBHOOK_SECRET }).secrets).toHaveLength(1);
  expect(readTokenConfig({ STAGE: 'local', TOKEN_SECRET: LOCAL_TOKEN_SECRET }).kind).toBe('secret');
  const both = `${WEBHOOK_SECRET} ${LOCAL_WEBHOOK_SECRET}`;
  for (const secrets of [LOCAL_WEBHOOK_SECRET, both]) {
    const complaint = complaintOf(() => readWebhookConfig({ STAGE: 'dev', WEBHOOK_SECRET: secrets }));
    expect(complaint).toContain('WEBHOOK_SECRET is the public default');
  }
  const complaint = complaintOf(() => readTokenConfig({ STAGE: 'dev', TOKEN_SECRET: LOCAL_TOKEN_SECRET }));
  expect(complaint).toContain('TOKEN_SECRET is the public default');
});

test('statements are issued at once unless the stage says that each is approved', () => {
  expect(readCloseConfig({}).issue).toBe('at once');
  expect(readCloseConfig({ ISSUE: '' }).issue).toBe('at once');
  expect(readCloseConfig({ ISSUE: 'approve' }).issue).toBe('approve');
  expect(complaintOf(() => readCloseConfig({ ISSUE: 'Approve' }))).toBe(
    'The environment cannot be used: ISSUE must be "at once" or approve',
  );
});

describe('the time between a month and its close', () => {
  test.each([
    [undefined, 6],
    ['', 6],
    ['PT0S', 0],
    ['PT36H', 36],
    ['P20D', 480],
    ['36h', 36],
    ['1w', 168],
    ['20d', 480],
  ])('%j is so many hours: %d', (CLOSE_AFTER, hours) => {
    expect(readCloseConfig({ CLOSE_AFTER }).closeAfterMs).toBe(hours * 3_600_000);
  });

  test.each(['6', '6 h', '-PT1H', 'P1M', '1y', 'P20DT1S', '481h', 'PT6H '])(
    '%j is refused',
    (CLOSE_AFTER) => {
      expect(complaintOf(() => readCloseConfig({ CLOSE_AFTER }))).toBe(
        'The environment cannot be used: CLOSE_AFTER must be a duration from 0s to 20d, like 6h or PT6H',
      );
    },
  );
});

describe('the projects of the provider', () => {
  const SECRET = 'ClientSecret2222';
  const POLLED = { STAGE: 'production', OVH_PROJECTS: 'cloud-1', OVH_CREDENTIALS: `client-1 ${SECRET}` };

  test.each([undefined, '', '  '])(
    'are none where OVH_PROJECTS is %j, and need no credentials',
    (OVH_PROJECTS) => {
      expect(readPollConfig({ STAGE: 'production', OVH_PROJECTS, OVH_CREDENTIALS: '' })).toBeUndefined();
    },
  );

  test('are the same here, or have an id of their own', () => {
    expect(readPollConfig({ ...POLLED, OVH_PROJECTS: ' cloud-1 \n cloud-2=vision:eu ' })?.projects).toEqual([
      { provider: 'cloud-1', projectId: 'cloud-1' },
      { provider: 'cloud-2', projectId: 'vision:eu' },
    ]);
  });

  test('are polled in Europe unless the environment says otherwise', () => {
    expect(readPollConfig(POLLED)?.endpoint).toEqual({ name: 'ovh-eu' });
    expect(readPollConfig({ ...POLLED, OVH_ENDPOINT: 'ovh-us' })?.endpoint).toEqual({ name: 'ovh-us' });
    expect(readPollConfig(POLLED)?.mayStop).toBe(false);
    expect(readPollConfig({ ...POLLED, OVH_STOP: 'allowed' })?.mayStop).toBe(true);
  });

  test('are polled by a service account, or with the keys of an application', () => {
    expect(readPollConfig(POLLED)?.credentials).toEqual({
      ...{ kind: 'oauth2', clientId: 'client-1', clientSecret: SECRET },
    });
    expect(readPollConfig({ ...POLLED, OVH_CREDENTIALS: 'ak\n as ck ' })?.credentials).toEqual({
      ...{ kind: 'keys', applicationKey: 'ak', applicationSecret: 'as', consumerKey: 'ck' },
    });
  });

  test.each([
    ['OVH_PROJECTS', 'cloud-1 ../me', 'must be ids of provider projects'],
    ['OVH_PROJECTS', 'cloud-1=a#b', 'must be ids of provider projects'],
    ['OVH_PROJECTS', 'cloud-1 cloud-1=other', 'must name each provider project once'],
    ['OVH_ENDPOINT', 'ovh-mars', 'must be one of ovh-eu, ovh-ca, ovh-us'],
    ['OVH_STOP', 'yes', 'must be allowed, or not'],
    ['OVH_CREDENTIALS', undefined, 'is required'],
    ['OVH_CREDENTIALS', SECRET, 'must be "<client id> <client secret>" or'],
    ['OVH_CREDENTIALS', `a b c ${SECRET}`, 'must be "<client id> <client secret>" or'],
    ['OVH_CREDENTIALS', `é ${SECRET}`, 'must be "<client id> <client secret>" or'],
  ])('are refused where %s is %j, and no secret is shown', (name, value, rule) => {
    const complaint = complaintOf(() => readPollConfig({ ...POLLED, [name]: value }));
    expect(complaint).toContain(`${name} ${rule}`);
    expect(complaint).not.toContain(SECRET);
  });

  test('are of a stand-in of the provider on the local stage only', () => {
    const OVH_API_URL = 'https://localhost:8443/1.0';
    expect(readPollConfig({ ...POLLED, STAGE: 'local', OVH_API_URL })?.endpoint).toEqual({
      url: OVH_API_URL,
    });
    expect(complaintOf(() => readPollConfig({ ...POLLED, OVH_API_URL }))).toContain(
      'OVH_API_URL is for the stage local only',
    );
    expect(
      complaintOf(() => readPollConfig({ ...POLLED, STAGE: 'local', OVH_API_URL: 'http://localhost' })),
    ).toContain('OVH_API_URL must be an https URL');
  });
});

describe('the sample of what is logged', () => {
  test('is all of it unless the environment says otherwise', () => {
    for (const LOG_SAMPLE of ['', undefined]) expect(readLogConfig({ LOG_SAMPLE })).toEqual({ sample: 1 });
    expect(readLogConfig({ LOG_SAMPLE: '0.01' })).toEqual({ sample: 0.01 });
    expect(readLogConfig({ LOG_SAMPLE: '0' })).toEqual({ sample: 0 });
  });

  test.each(['1.5', '-0.1', 'all', '1%', '.5', '1e-2'])('is not %j', (LOG_SAMPLE) => {
    expect(complaintOf(() => readLogConfig({ LOG_SAMPLE }))).toContain(
      'LOG_SAMPLE must be a share from 0 to 1, like 0.01',
    );
  });
});

describe('the names in exports', () => {
  test('are AI Training unless the environment says otherwise', () => {
    const service = 'AI Training';
    expect(readExportConfig({ PROVIDER_NAME: '' })).toEqual({
      ...{ invoiceIssuer: service, provider: service, publisher: service },
    });
    const names = { INVOICE_ISSUER_NAME: 'Blå Sky A/S', PROVIDER_NAME: 'Sky', PUBLISHER_NAME: 'Sky data' };
    expect(readExportConfig(names)).toEqual({
      ...{ invoiceIssuer: 'Blå Sky A/S', provider: 'Sky', publisher: 'Sky data' },
    });
  });

  test.each(['=1+1', '@sum', 'two\nlines', 'x'.repeat(121)])('%j is refused', (PUBLISHER_NAME) => {
    expect(complaintOf(() => readExportConfig({ PUBLISHER_NAME }))).toMatch(
      /PUBLISHER_NAME must be 1 to 120/,
    );
  });
});
