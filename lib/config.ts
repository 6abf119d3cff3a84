import * as v from 'valibot';
import { durationMs } from './billing/duration.ts';
import { DAY_MS } from './billing/minutes.ts';
import { isCurrency } from './billing/money.ts';
import { isTimeZone } from './billing/months.ts';
import { OVH_ENDPOINTS, type OvhCredentials, type OvhEndpoint } from './provider/ovh-access.ts';
import type { PolledProject } from './provider/ovh-api.ts';
import { ID, ID_RULE } from './validation.ts';

/** Public secrets of the local stack; only the stage `local` may use them. */
export const LOCAL_WEBHOOK_SECRET = 'whsec_am9ibWV0ZXItbG9jYWwtd2ViaG9vay1zZWNyZXQ=';
export const LOCAL_TOKEN_SECRET = 'jobmeter-local-token-secret-0123456789';

/** Settings of every function that uses the table. */
export interface TableConfig {
  readonly stage: string;
  readonly tableName: string;
  /** IANA name of the billing time zone. */
  readonly timeZone: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** Settings of the scheduled close. */
export interface CloseConfig {
  /** Time between the end of a month in the billing zone and its close. */
  readonly closeAfterMs: number;
  /** Whether statements are issued by the close, or once a person has approved them. */
  readonly issue: 'at once' | 'approve';
}

/** Accepted signing secrets: several during a rotation. */
export interface WebhookConfig {
  readonly secrets: readonly string[];
}

/** How bearer tokens are verified: the keys of an identity provider, or one shared secret. */
export type TokenConfig =
  /** Tokens without an expiry are accepted on the local stage only. */
  | { readonly kind: 'secret'; readonly secret: string; readonly mayLastForEver: boolean }
  | { readonly kind: 'jwks'; readonly url: string; readonly issuer: string; readonly audience: string };

/** Names in the FOCUS columns of exports. */
export interface ExportConfig {
  readonly invoiceIssuer: string;
  readonly provider: string;
  readonly publisher: string;
}

/** The project of jobs that a platform reports by itself; by default the platform's own account. */
export interface PlatformConfig {
  /** One project for all jobs, or the tag that names it. */
  readonly project?: { readonly id: string } | { readonly field: string };
}

/** Which projects of OVHcloud are polled, and how its API is called. */
export interface PollConfig {
  readonly projects: readonly PolledProject[];
  readonly endpoint: OvhEndpoint;
  readonly credentials: OvhCredentials;
}

/** The environment is invalid. The message names each variable at fault and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment cannot be used: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** UTC skips the check: creating an Intl formatter is the slowest part of a cold start. */
const isZone = (name: string): boolean => name === 'UTC' || isTimeZone(name);

const isWebhookSecret = (secret: string): boolean => {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (base64 === undefined) return false;
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === base64;
};

const isSafeUrl = (text: string): boolean => {
  const url = URL.parse(text);
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url?.protocol === 'https:' || (isLocal && url.protocol === 'http:');
};

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const Text = v.string();
const Stage = v.pipe(Text, v.regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits and hyphens'));

const TableEnv = v.object({
  STAGE: Stage,
  TABLE_NAME: v.pipe(Text, v.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'must be a DynamoDB table name')),
  BILLING_TIME_ZONE: v.optional(v.pipe(Text, v.check(isZone, 'must be an IANA time zone')), 'UTC'),
  BILLING_CURRENCY: v.optional(v.pipe(Text, v.check(isCurrency, 'must be an ISO 4217 code')), 'EUR'),
});

/** A month is closed before the next one ends. */
const LONGEST_CLOSE_AFTER_MS = 20 * DAY_MS;

const isCloseAfter = (text: string): boolean => {
  const ms = durationMs(text);
  return ms >= 0 && ms <= LONGEST_CLOSE_AFTER_MS;
};

const CloseEnv = v.object({
  CLOSE_AFTER: v.pipe(
    v.optional(Text, '6h'),
    v.check(isCloseAfter, 'must be a duration from 0s to 20d, like 6h or PT6H'),
    v.transform(durationMs),
  ),
  ISSUE: v.optional(v.picklist(['at once', 'approve'], 'must be "at once" or approve'), 'at once'),
});

const Name = v.optional(
  v.pipe(
    Text,
    v.regex(
      /^[^\p{C}=+@-][^\p{C}]{0,119}$/u,
      'must be 1 to 120 printable characters, the first none of = + @ -',
    ),
  ),
  'AI Training',
);

const ExportEnv = v.object({ INVOICE_ISSUER_NAME: Name, PROVIDER_NAME: Name, PUBLISHER_NAME: Name });

const PlatformEnv = v.pipe(
  v.object({
    PLATFORM_PROJECT: v.optional(v.pipe(Text, v.regex(ID, ID_RULE))),
    PLATFORM_PROJECT_TAG: v.optional(v.pipe(Text, v.maxLength(128, 'must be the key of a tag'))),
  }),
  v.forward(
    v.check(
      ({ PLATFORM_PROJECT: id, PLATFORM_PROJECT_TAG: tag }) => id === undefined || tag === undefined,
      'must not be set beside PLATFORM_PROJECT_TAG',
    ),
    ['PLATFORM_PROJECT'],
  ),
);

const WebhookEnv = v.object({
  STAGE: Stage,
  WEBHOOK_SECRET: v.pipe(
    Text,
    v.transform(words),
    v.nonEmpty('is required'),
    v.everyItem(
      isWebhookSecret,
      'must be whsec_<base64 of 24 to 64 bytes>, several separated by white space',
    ),
  ),
});

const SecretEnv = v.object({
  STAGE: Stage,
  // An unset secret fails the length check, whose message names the alternative.
  TOKEN_SECRET: v.optional(
    v.pipe(Text, v.minLength(32, 'must be at least 32 characters, or TOKEN_JWKS_URL must be set')),
    '',
  ),
});

const KeySetEnv = v.object({
  STAGE: Stage,
  TOKEN_SECRET: v.optional(v.never('must not be set beside TOKEN_JWKS_URL')),
  TOKEN_JWKS_URL: v.pipe(Text, v.check(isSafeUrl, 'must be an https URL (http for localhost only)')),
  TOKEN_ISSUER: Text,
  TOKEN_AUDIENCE: Text,
});

const PROJECT = /^(?<provider>[A-Za-z0-9][A-Za-z0-9_-]{0,127})(?:=(?<projectId>[A-Za-z0-9._:-]{1,128}))?$/;

const toPolledProject = (word: string): PolledProject => {
  const { provider = '', projectId = provider } = PROJECT.exec(word)?.groups ?? {};
  return { provider, projectId };
};

/** Two words are a service account, three the keys of an application. */
const toOvhCredentials = ([first = '', second = '', third]: string[]): OvhCredentials =>
  third === undefined
    ? { kind: 'oauth2', clientId: first, clientSecret: second }
    : { kind: 'keys', applicationKey: first, applicationSecret: second, consumerKey: third };

const isEachOnce = (projects: PolledProject[]): boolean =>
  new Set(projects.map(({ provider }) => provider)).size === projects.length;

const PollEnv = v.pipe(
  v.object({
    STAGE: Stage,
    OVH_PROJECTS: v.pipe(
      Text,
      v.transform(words),
      v.check(
        (all: string[]) => all.every((word) => PROJECT.test(word)),
        'must be ids of provider projects, each like id or id=project, separated by white space',
      ),
      v.transform((all: string[]) => all.map(toPolledProject)),
      v.check(isEachOnce, 'must name each provider project once'),
    ),
    OVH_ENDPOINT: v.optional(
      v.picklist(OVH_ENDPOINTS, `must be one of ${OVH_ENDPOINTS.join(', ')}`),
      'ovh-eu',
    ),
    OVH_CREDENTIALS: v.pipe(
      Text,
      v.transform(words),
      v.check(
        (all) => (all.length === 2 || all.length === 3) && all.every((word) => /^[!-~]+$/.test(word)),
        'must be "<client id> <client secret>" or "<application key> <application secret> <consumer key>"',
      ),
      v.transform(toOvhCredentials),
    ),
    OVH_API_URL: v.optional(
      v.pipe(
        Text,
        v.check((text) => URL.parse(text)?.protocol === 'https:', 'must be an https URL'),
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ STAGE, OVH_API_URL }) => STAGE === 'local' || OVH_API_URL === undefined,
      'is for the stage local only',
    ),
    ['OVH_API_URL'],
  ),
);

const isMissing = (issue: v.BaseIssue<unknown>): boolean => issue.input === undefined;

const parse = <Output>(schema: v.GenericSchema<unknown, Output>, env: Env): Output => {
  // Deployment files pass unset variables as empty strings.
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = v.safeParse(schema, present, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw new ConfigError(
    result.issues.map(
      (issue) => `${v.getDotPath(issue)} ${isMissing(issue) ? 'is required' : issue.message}`,
    ),
  );
};

const refuseLocalSecret = (name: string, isLocalSecret: boolean, stage: string): void => {
  if (isLocalSecret && stage !== 'local') {
    throw new ConfigError([`${name} is the public default of the local stack; set one that is secret`]);
  }
};

/** From STAGE, TABLE_NAME, BILLING_TIME_ZONE (UTC) and BILLING_CURRENCY (EUR). */
export const readTableConfig = (env: Env = process.env): TableConfig => {
  const values = parse(TableEnv, env);
  return Object.freeze({
    stage: values.STAGE,
    tableName: values.TABLE_NAME,
    timeZone: values.BILLING_TIME_ZONE,
    currency: values.BILLING_CURRENCY,
  });
};

/** From CLOSE_AFTER (a duration like 6h or PT6H, by default six hours) and ISSUE (at once). */
export const readCloseConfig = (env: Env = process.env): CloseConfig => {
  const { CLOSE_AFTER, ISSUE } = parse(CloseEnv, env);
  return Object.freeze({ closeAfterMs: CLOSE_AFTER, issue: ISSUE });
};

/** From INVOICE_ISSUER_NAME, PROVIDER_NAME and PUBLISHER_NAME, by default AI Training. */
export const readExportConfig = (env: Env = process.env): ExportConfig => {
  const { INVOICE_ISSUER_NAME, PROVIDER_NAME, PUBLISHER_NAME } = parse(ExportEnv, env);
  return Object.freeze({
    invoiceIssuer: INVOICE_ISSUER_NAME,
    provider: PROVIDER_NAME,
    publisher: PUBLISHER_NAME,
  });
};

/** From PLATFORM_PROJECT or PLATFORM_PROJECT_TAG. */
export const readPlatformConfig = (env: Env = process.env): PlatformConfig => {
  const { PLATFORM_PROJECT: id, PLATFORM_PROJECT_TAG: field } = parse(PlatformEnv, env);
  return Object.freeze({
    ...(id !== undefined && { project: { id } }),
    ...(field !== undefined && { project: { field } }),
  });
};

/** From WEBHOOK_SECRET: one or more, separated by white space. */
export const readWebhookConfig = (env: Env = process.env): WebhookConfig => {
  const { STAGE, WEBHOOK_SECRET: secrets } = parse(WebhookEnv, env);
  refuseLocalSecret('WEBHOOK_SECRET', secrets.includes(LOCAL_WEBHOOK_SECRET), STAGE);
  return Object.freeze({ secrets: Object.freeze(secrets) });
};

/**
 * From OVH_PROJECTS, OVH_CREDENTIALS, OVH_ENDPOINT (ovh-eu) and, on the stage local, OVH_API_URL;
 * undefined without OVH_PROJECTS: nothing is polled.
 */
export const readPollConfig = (env: Env = process.env): PollConfig | undefined => {
  if (!env.OVH_PROJECTS?.trim()) return undefined;
  const { OVH_PROJECTS, OVH_CREDENTIALS, OVH_ENDPOINT, OVH_API_URL } = parse(PollEnv, env);
  return Object.freeze({
    projects: Object.freeze(OVH_PROJECTS),
    endpoint: OVH_API_URL === undefined ? { name: OVH_ENDPOINT } : { url: OVH_API_URL },
    credentials: Object.freeze(OVH_CREDENTIALS),
  });
};

/** From TOKEN_SECRET, or from TOKEN_JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE. */
export const readTokenConfig = (env: Env = process.env): TokenConfig => {
  if (env.TOKEN_JWKS_URL) {
    const values = parse(KeySetEnv, env);
    return Object.freeze({
      kind: 'jwks',
      url: values.TOKEN_JWKS_URL,
      issuer: values.TOKEN_ISSUER,
      audience: values.TOKEN_AUDIENCE,
    });
  }
  const { STAGE, TOKEN_SECRET: secret } = parse(SecretEnv, env);
  refuseLocalSecret('TOKEN_SECRET', secret === LOCAL_TOKEN_SECRET, STAGE);
  return Object.freeze({ kind: 'secret', secret, mayLastForEver: STAGE === 'local' });
};
