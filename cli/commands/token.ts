import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../lib/billing/duration.ts';
import { isSubject, issueToken, SCOPES, type Scope } from '../../lib/http/tokens.ts';
import { print } from '../output.ts';
import { parseProject } from '../project.ts';
import { signingSecret } from '../signing-secret.ts';
import type { GlobalOptions } from '../stage.ts';

interface TokenOptions extends GlobalOptions {
  readonly project?: string[];
  readonly all?: true;
  readonly scope?: Scope[];
  readonly subject?: string;
  readonly expiresIn: number;
}

const project = (value: string, earlier: string[] = []): string[] => [...earlier, parseProject(value)];

const scope = (value: string, earlier: Scope[] = []): Scope[] => {
  const known = SCOPES.find((one) => one === value);
  if (known === undefined) throw new InvalidArgumentError(`A scope is one of ${SCOPES.join(', ')}.`);
  return [...earlier, known];
};

const subject = (value: string): string => {
  if (isSubject(value)) return value;
  throw new InvalidArgumentError('A subject has 1 to 256 characters that can be printed.');
};

const isOfReads = (one: Scope): boolean => one.endsWith(':read');

const seconds = (value: string): number => {
  const ms = durationMs(value);
  if (ms >= 1000) return Math.floor(ms / 1000);
  throw new InvalidArgumentError('A duration is written like 1h, 7d or P7D.');
};

export const addTokenCommand = (program: Command): void => {
  program
    .command('token')
    .description('issue a bearer token for the API and the web page')
    .option('--project <id>', 'a project that the token may see; repeatable', project)
    .addOption(new Option('--all', 'the token may see every project').conflicts('project'))
    .addOption(
      new Option('--scope <scope>', `what it is for; repeatable, one of ${SCOPES.join(', ')}`)
        .argParser(scope)
        .default(undefined, SCOPES[0]),
    )
    .option('--subject <name>', 'who has it: what is changed with it is logged under this name', subject)
    .addOption(
      new Option('--expires-in <duration>', 'validity, like 90m, 7d or P7D')
        .argParser(seconds)
        .default(3600, '1h'),
    )
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  jobmeter token --project proj-1 --scope usage:read --scope budgets:write --subject ana',
    )
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<TokenOptions>();
      const { stage, json, project, all, scope: scopes = [SCOPES[0]], subject, expiresIn } = options;
      if (!all && !project) command.error('error: name a project with --project <id>, or --all');
      if (subject === undefined && !scopes.every(isOfReads))
        command.error('error: name who has it with --subject <name>: what is changed is logged under it');
      const grant = {
        ...{ projects: all ? ('all' as const) : (project ?? []), scopes, expiresInSeconds: expiresIn },
        ...(subject !== undefined && { subject }),
      };
      const token = await issueToken(signingSecret(stage), grant, Date.now());
      print(json, { token, expiresInSeconds: expiresIn }, () => token);
    });
};
