import * as v from 'valibot';
import { durationMs } from './billing/duration.ts';
import { DAY_MS } from './billing/minutes.ts';
import { isCurrency } from './billing/money.ts';
import { isTimeZone } from './billing/months.ts';
import {
  type Env,
  isWebhookSecret,
  parse,
  refuseLocalSecret,
  Stage,
  Text,
  WEBHOOK_SECRET_RULE,
  words,
} from './config/environment.ts';
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

/** What is logged of requests and batches that went well. */
export interface LogConfig {
  /** Share of them, from 0 to 1. */
  readonly sample: number;
}

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

/** UTC skips the check: creating an Intl formatter is the slowest part of a cold start. */
const isZone = (name: string): boolean => name === 'UTC' || isTimeZone(name);

const isSafeUrl = (text: string): boolean => {
  const url = URL.parse(text);
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url?.protocol === 'https:' || (isLocal && url.protocol === 'http:');
};

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

const LogEnv = v.object({
  LOG_SAMPLE: v.pipe(
    v.optional(Text, '1'),
    v.regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a share from 0 to 1, like 0.01'),
    v.transform(Number),
  ),
});

/** In a function, since V8 takes as long to read the class of characters as to load a library. */
const isName = (text: string): boolean => /^(?![=+@-])\P{C}{1,120}$/u.test(text);

const Name = v.optional(
  v.pipe(Text, v.check(isName, 'must be 1 to 120 printable characters, the first none of = + @ -')),
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
    v.everyItem(isWebhookSecret, `${WEBHOOK_SECRET_RULE}, several separated by white space`),
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

/** From LOG_SAMPLE, by default all. */
export const readLogConfig = (env: Env = process.env): LogConfig =>
  Object.freeze({ sample: parse(LogEnv, env).LOG_SAMPLE });

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
