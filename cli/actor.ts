import { userInfo } from 'node:os';
import { Refusal } from '../lib/refusal.ts';
import type { Actor } from '../lib/store/action-log.ts';

/** The IAM identity of the caller's AWS credentials. */
const readIdentity = async (): Promise<string> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({});
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    if (Arn !== undefined) return Arn;
  } finally {
    client.destroy();
  }
  throw new Refusal('invalid', 'AWS does not say who the credentials are of: the log of actions needs that');
};

/** Who runs the command, for the log of actions. Commands load it when they change something. */
export const readActor = async (stage: string): Promise<Actor> =>
  stage === 'local' ? { kind: 'local', id: userInfo().username } : { kind: 'iam', id: await readIdentity() };
