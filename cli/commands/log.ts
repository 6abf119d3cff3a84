import { type Command, InvalidArgumentError, Option } from 'commander';
import { readActions } from '../../lib/operations/log/read-actions.ts';
import { ACTIONS, type LoggedAction } from '../../lib/shapes/operations.ts';
import { listTable } from '../list.ts';
import { parseMonth } from '../month.ts';
import { print } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { timeText } from '../times.ts';

interface LogOptions extends GlobalOptions {
  readonly month?: string;
  readonly project?: string;
  readonly action?: string;
  readonly limit: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100_000;

const parseLimit = (text: string): number => {
  const limit = Number(text);
  if (/^\d{1,6}$/.test(text) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIMIT}.`);
};

const actorText = ({ kind, id }: LoggedAction['by']): string => (kind === 'token' ? `token of ${id}` : id);

/** Entries as a table, with the times of the billing zone. */
export const showLog = (actions: readonly LoggedAction[], timeZone: string): string =>
  listTable<LoggedAction>(
    [
      { title: `when (${timeZone})`, text: ({ at }) => timeText(at, timeZone) },
      { title: 'who', text: ({ by }) => actorText(by) },
      { title: 'what', text: ({ action }) => action },
      { title: 'project', text: ({ projectId = '' }) => projectId },
      { title: 'of what', text: ({ target }) => target },
      { title: '', text: ({ detail = '' }) => detail },
    ],
    actions,
  );

export const addLogCommand = (program: Command): void => {
  program
    .command('log')
    .description('what people have done, the latest first: who, when and what')
    .option('--month <month>', 'YYYY-MM of the billing zone; by default the latest months', parseMonth)
    .option('--project <id>', 'only what is about this project')
    .addOption(new Option('--action <action>', 'only this action').choices(ACTIONS))
    .addOption(
      new Option('--limit <n>', 'at most so many entries').argParser(parseLimit).default(DEFAULT_LIMIT),
    )
    .addHelpText(
      'after',
      '\nWhat takes many writes is logged before it begins: an import that has no end was interrupted.',
    )
    .action(async (_, command: Command) => {
      const { json, month, project, action, limit, ...options } = command.optsWithGlobals<LogOptions>();
      const { openContext } = await connectStage(options);
      const context = await openContext('read');
      const request = { month, projectId: project, action, limit };
      const { next, ...log } = await readActions(context, request);
      const { actions, timeZone } = log;
      print(json, { ...log, ...(next && { more: true }) }, () =>
        actions.length === 0
          ? 'nothing is logged'
          : [showLog(actions, timeZone), ...(next ? ['and more: see --limit and --month'] : [])].join('\n'),
      );
    });
};
