import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../lib/billing/duration.ts';
import { issueToken } from '../../lib/http/tokens.ts';
import { isId } from '../../lib/validation.ts';
import { print } from '../output.ts';
import { signingSecret } from '../signing-secret.ts';
import type { GlobalOptions } from '../stage.ts';

interface TokenOptions extends GlobalOptions {
  readonly project?: string[];
  readonly all?: true;
  readonly expiresIn: number;
}

const project = (value: string, earlier: string[] = []): string[] => {
  if (!isId(value)) throw new InvalidArgumentError('A project id is 1 to 128 of A-Z a-z 0-9 . _ : -');
  return [...earlier, value];
};

const seconds = (value: string): number => {
  const ms = durationMs(value);
  if (ms >= 1000) return Math.floor(ms / 1000);
  throw new InvalidArgumentError('A duration is written like 1h, 7d or P7D.');
};

export const addTokenCommand = (program: Command): void => {
  program
    .command('token')
    .description('issue a bearer token for the read API')
    .option('--project <id>', 'a project that the token may see; repeatable', project)
    .addOption(new Option('--all', 'the token may see every project').conflicts('project'))
    .addOption(
      new Option('--expires-in <duration>', 'validity, like 90m, 7d or P7D')
        .argParser(seconds)
        .default(3600, '1h'),
    )
    .action(async (_, command: Command) => {
      const { stage, json, project, all, expiresIn } = command.optsWithGlobals<TokenOptions>();
      if (!all && !project) command.error('error: name a project with --project <id>, or --all');
      const grant = { projects: all ? ('all' as const) : (project ?? []), expiresInSeconds: expiresIn };
      const token = await issueToken(signingSecret(stage), grant, Date.now());
      print(json, { token, expiresInSeconds: expiresIn }, () => token);
    });
};
