/** As Lambda names them, by urgency. */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

type Fields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: Fields) => void;

export type Logger = Readonly<Record<'info' | 'warn' | 'error', Write>>;

/** Of an error these members only: what else it has may be a request with its headers. */
const toWritable = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, code, $metadata, stack, cause } = value as Error & Fields;
  return { name, message, code, $metadata, stack, cause };
};

/** Fields that are no JSON, as with a circle or a getter that throws, are left out. */
const lineOf = (own: Fields, fields: Fields): string => {
  try {
    return JSON.stringify({ ...own, ...fields, ...own }, toWritable);
  } catch {
    return JSON.stringify({ ...own, unwritten: 'the fields are no JSON' });
  }
};

/** Writes JSON lines to the log, from the level on that is set for the function. Never throws. */
export const createLogger = (service: string, lowest = process.env.AWS_LAMBDA_LOG_LEVEL): Logger => {
  const writeAt =
    (level: string): Write =>
    (message, fields = {}) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest ?? 'INFO')) return;
      const timestamp = new Date().toISOString();
      // The request at AWS: the same in all lines of an invocation.
      const xray_trace_id = /Root=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];
      process.stdout.write(`${lineOf({ level, message, timestamp, service, xray_trace_id }, fields)}\n`);
    };
  return { info: writeAt('INFO'), warn: writeAt('WARN'), error: writeAt('ERROR') };
};
