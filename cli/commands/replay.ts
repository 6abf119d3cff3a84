import type { Command } from 'commander';
import { stateOfMonth } from '../../lib/operations/close/open-months.ts';
import { type Replay, type ReplayedStatement, replayMonth } from '../../lib/operations/verify/replay.ts';
import { parseMonth } from '../month.ts';
import { counted, createProgress, green, indent, print, red } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const LISTED = 10;

const lineOf = ({ projectId, billedCharges, differences, problems }: ReplayedStatement): string =>
  differences === 0
    ? `${green('✔')} ${projectId}: rebuilt exactly from ${counted(billedCharges, 'billed charge')}`
    : [
        `${red('✘')} ${projectId} differs:`,
        ...problems.slice(0, LISTED).map(({ where, problem }) => indent(`${where}: ${problem}`, 4)),
        ...(differences > LISTED ? [indent(`and ${differences - LISTED} more`, 4)] : []),
      ].join('\n');

const WHY_NONE = {
  closed: 'it was closed with nothing to bill',
  open: 'it is not closed yet',
  unused: 'nothing was used up to that month',
};

const verdict = (
  { month, statements, billedCharges, differences }: Replay,
  state: keyof typeof WHY_NONE,
): string => {
  if (statements === 0) return `no statements of ${month}: ${WHY_NONE[state]}`;
  const replayed = `${counted(statements, 'statement')} of ${month} from ${counted(billedCharges, 'billed charge')}`;
  return differences === 0
    ? green(`${replayed}: rebuilt exactly`)
    : red(`${replayed}: ${counted(differences, 'difference')}`);
};

export const addReplayCommand = (program: Command): void => {
  program
    .command('replay')
    .argument('<month>', 'YYYY-MM', parseMonth)
    .description('rebuild the statements of a month from their billed charges, and compare')
    .action(async (month: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { openContext, now } = await connectStage(options);
      const progress = createProgress(now);
      const context = await openContext('read');
      const replay = await replayMonth(context, month, {
        onStatement: (statement) => {
          if (!options.json) console.log(lineOf(statement));
        },
        onProgress: ({ step, done }) =>
          progress.show(
            step === 'searching'
              ? `searching for statements of ${month}: ${counted(done, 'part')} of the table`
              : `rebuilding: ${counted(done, 'project')}`,
          ),
      }).finally(progress.end);
      const state = await stateOfMonth(context, month);
      print(options.json, replay, () => verdict(replay, state));
      if (replay.differences > 0) process.exitCode = 1;
    });
};
