import { userInfo } from 'node:os';
import { Refusal } from '../lib/refusal.ts';
import type { Actor } from '../lib/store/action-log.ts';

/** What the log of actions needs of AWS. */
interface Identities {
  /** The ARN that the credentials are of. */
  read(): Promise<string | undefined>;
}

const askAws: Identities = {
  read: async () => {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient({});
    try {
      return (await client.send(new GetCallerIdentityCommand({}))).Arn;
    } finally {
      client.destroy();
    }
  },
};

/** The user of the machine; a container may run as one that has no name, or none at all. */
export const localUser = (
  read: () => { readonly username: string } = userInfo,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  readUid: () => number | undefined = () => process.getuid?.(),
): string => {
  try {
    const { username } = read();
    if (username !== '') return username;
  } catch {
    // No passwd entry.
  }
  const uid = readUid();
  return environment.USER || environment.LOGNAME || (uid === undefined ? 'unknown' : `uid ${uid}`);
};

/** Who runs the command, for the log of actions. Commands load it when they change something. */
export const readActor = async (
  stage: string,
  { identities = askAws, user = localUser }: { identities?: Identities; user?: () => string } = {},
): Promise<Actor> => {
  if (stage === 'local') return { kind: 'local', id: user() };
  const arn = await identities.read();
  if (arn) return { kind: 'iam', id: arn };
  throw new Refusal(
    'invalid',
    'AWS does not say who the credentials are of, which the log of actions needs: `aws sts get-caller-identity` has to show it',
  );
};
