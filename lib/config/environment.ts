import * as v from 'valibot';

/** The environment is invalid. The message names each variable at fault and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment cannot be used: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

export type Env = Readonly<Record<string, string | undefined>>;

export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

export const Text = v.string();
/** It is in the names of functions, which AWS takes with 64 characters at most. */
export const Stage = v.pipe(
  Text,
  v.regex(/^[A-Za-z0-9-]{1,32}$/, 'must be 1 to 32 letters, digits and hyphens'),
);

/** What a secret that signs is, as a rule for people. */
export const WEBHOOK_SECRET_RULE = 'must be whsec_<base64 of 24 to 64 bytes>';
export const isWebhookSecret = (secret: string): boolean => {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (base64 === undefined) return false;
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === base64;
};

const isMissing = (issue: v.BaseIssue<unknown>): boolean => issue.input === undefined;

/** The settings of an environment by a schema, or one error that names all that is wrong. */
export const parse = <Output>(schema: v.GenericSchema<unknown, Output>, env: Env): Output => {
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

/** The public secrets of the local stack are for the stage local only. */
export const refuseLocalSecret = (name: string, isLocalSecret: boolean, stage: string): void => {
  if (isLocalSecret && stage !== 'local') {
    throw new ConfigError([`${name} is the public default of the local stack; set one that is secret`]);
  }
};
