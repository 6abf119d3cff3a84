import * as v from 'valibot';
import { LOCAL_ENDPOINT_KEY } from '../lib/config/endpoints.ts';
import { LOCAL_TOKEN_SECRET, LOCAL_WEBHOOK_SECRET } from '../lib/config.ts';

const port = (standard: string) =>
  v.pipe(
    v.optional(v.string(), standard),
    v.regex(/^\d{1,5}$/, 'must be a whole number from 1 to 65535'),
    v.transform(Number),
    v.integer(),
    v.minValue(1, 'must be a whole number from 1 to 65535'),
    v.maxValue(65_535, 'must be a whole number from 1 to 65535'),
  );

const seconds = v.pipe(
  v.optional(v.string(), '0'),
  v.regex(/^([0-2]?\d?\d|300)$/, 'must be whole seconds from 0 to 300'),
  v.transform(Number),
);

const LocalEnv = v.pipe(
  v.object({
    PORT: port('3000'),
    LAMBDA_PORT: port('3002'),
    DYNAMODB_PORT: port('8000'),
    DATA_DIR: v.optional(v.string()),
    BATCH_WINDOW: seconds,
    SCHEDULES: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'off'),
    WEBHOOK_SECRET: v.optional(v.string(), LOCAL_WEBHOOK_SECRET),
    TOKEN_SECRET: v.optional(v.string(), LOCAL_TOKEN_SECRET),
    ENDPOINT_KEY: v.optional(v.string(), LOCAL_ENDPOINT_KEY),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { PORT, LAMBDA_PORT, DYNAMODB_PORT } = dataset.value;
    if (new Set([PORT, LAMBDA_PORT, DYNAMODB_PORT]).size < 3) {
      addIssue({ message: 'PORT, LAMBDA_PORT and DYNAMODB_PORT must differ' });
    }
  }),
);

/** Settings of the local stack. */
export interface LocalSettings {
  readonly port: number;
  readonly lambdaPort: number;
  readonly dynamoDbPort: number;
  /** Directory of the tables; absent: in memory. */
  readonly dataDir: string | undefined;
  /** How long facts wait for further ones before they are settled; 0 unless set. */
  readonly batchWindowMs: number;
  /** Whether scheduled functions run, in UTC as deployed. */
  readonly schedules: boolean;
  readonly webhookSecret: string;
  readonly tokenSecret: string;
  /** The secrets of endpoints are derived from it. */
  readonly endpointKey: string;
}

/** Reads the settings of the local stack. One error names all invalid variables. */
export const readLocalSettings = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): LocalSettings => {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = v.safeParse(LocalEnv, present, { abortPipeEarly: true });
  if (!result.success) {
    const problems = result.issues.map((issue) =>
      issue.path ? `${v.getDotPath(issue)} ${issue.message}, not "${String(issue.input)}"` : issue.message,
    );
    throw new Error(`The environment cannot be used: ${problems.join('; ')}`);
  }
  const { output } = result;
  return {
    port: output.PORT,
    lambdaPort: output.LAMBDA_PORT,
    dynamoDbPort: output.DYNAMODB_PORT,
    dataDir: output.DATA_DIR,
    batchWindowMs: output.BATCH_WINDOW * 1_000,
    schedules: output.SCHEDULES === 'on',
    webhookSecret: output.WEBHOOK_SECRET,
    tokenSecret: output.TOKEN_SECRET,
    endpointKey: output.ENDPOINT_KEY,
  };
};
