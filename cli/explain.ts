import { ConfigError } from '../lib/config/environment.ts';
import { ProviderError, type ProviderErrorKind } from '../lib/provider/ovh-api.ts';
import { type InputError, Refusal } from '../lib/refusal.ts';
import { TableUnavailable } from '../lib/store/unavailable.ts';
import { counted } from './output.ts';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'TimeoutError']);

/** The cause has DynamoDB's error code. */
const causeOf = (error: unknown): unknown => (error instanceof TableUnavailable ? error.cause : error);

/** The error of a field is a sentence, that of a parameter its rule only. */
const sentenceOf = ({ pointer, detail }: InputError): string =>
  pointer === '' || pointer.startsWith('/') ? detail : `${pointer} ${detail}`;

/** Whether a table or an API cannot be reached. */
export const isUnreachable = (error: unknown): boolean => {
  const { name, code = name } = causeOf(error) as Error & { code?: string };
  return UNREACHABLE.has(code);
};

/** What to do about a call of the provider's API that failed. */
const ADVICE: Readonly<Record<ProviderErrorKind, string>> = {
  'rate limit': 'its limit of calls is reached: run it again in some minutes',
  unavailable: 'it may be for a time only: run it again',
  refused: 'check OVH_CREDENTIALS and what they allow, OVH_ENDPOINT and OVH_PROJECTS',
};

/** Reasons listed of an error that has several. */
const REASONS_LISTED = 5;
const reasonOf = (error: unknown): string => `  ${error instanceof Error ? error.message : error}`;

/** An error as a message for the terminal, without a stack trace. */
export const explain = (error: unknown): string => {
  if (error instanceof Refusal)
    return [
      `jobmeter: ${error.message}`,
      ...error.errors.map((one) => `  ${sentenceOf(one)}`),
      ...(error.moreErrors > 0 ? [`  and ${counted(error.moreErrors, 'more error')}`] : []),
    ].join('\n');
  if (error instanceof ConfigError) return `jobmeter: ${error.message}`;
  if (error instanceof ProviderError) return `jobmeter: ${error.message}\n  ${ADVICE[error.kind]}`;
  if (!(error instanceof Error)) return `jobmeter: ${error}`;
  const { name, code = name } = causeOf(error) as Error & { code?: string };
  if (isUnreachable(error))
    return `jobmeter: the table cannot be reached (${code}): is the stack running? \`npm start\` runs it locally`;
  if (error.message === 'Region is missing')
    return 'jobmeter: no AWS region: set AWS_REGION, or a profile that has one';
  if (error.message === 'Could not load credentials from any providers')
    return 'jobmeter: no AWS credentials: set AWS_PROFILE, or run `aws sso login`';
  if (code === 'ENOENT') return `jobmeter: there is no file ${(error as NodeJS.ErrnoException).path}`;
  if (name === 'ResourceNotFoundException')
    return 'jobmeter: there is no such table: check --stage, and that the stage is deployed';
  const reasons = error instanceof AggregateError ? error.errors.slice(0, REASONS_LISTED) : [];
  return [`jobmeter: ${error.message || name}`, ...reasons.map(reasonOf)].join('\n');
};
