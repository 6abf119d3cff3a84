import { ConfigError } from '../lib/config.ts';
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

/** An error as a message for the terminal, without a stack trace. */
export const explain = (error: unknown): string => {
  if (error instanceof Refusal)
    return [
      `jobmeter: ${error.message}`,
      ...error.errors.map((one) => `  ${sentenceOf(one)}`),
      ...(error.moreErrors > 0 ? [`  and ${counted(error.moreErrors, 'more error')}`] : []),
    ].join('\n');
  if (error instanceof ConfigError) return `jobmeter: ${error.message}`;
  if (!(error instanceof Error)) return `jobmeter: ${error}`;
  const { name, code = name } = causeOf(error) as Error & { code?: string };
  if (isUnreachable(error))
    return `jobmeter: the table cannot be reached (${code}): is the stack running? \`npm start\` runs it locally`;
  if (error.message === 'Region is missing')
    return 'jobmeter: no AWS region: set AWS_REGION, or a profile that has one';
  if (code === 'ENOENT') return `jobmeter: there is no file ${(error as NodeJS.ErrnoException).path}`;
  if (name === 'ResourceNotFoundException')
    return 'jobmeter: there is no such table: check --stage, and that the stage is deployed';
  return `jobmeter: ${error.message || name}`;
};
