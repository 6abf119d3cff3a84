import type { Command } from 'commander';
import {
  type ClosedMonth,
  closeMonths,
  parseCloseRequest,
  readCloseProgress,
} from '../../lib/operations/close/close-months.ts';
import type { ShardProgress } from '../../lib/store/close-progress.ts';
import { parseMonth } from '../month.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const outcomeOf = ({ alreadyClosed, statements }: ClosedMonth) =>
  alreadyClosed ? 'was closed already' : counted(statements, 'statement');

const stateOf = ({ step, leaseUntil }: ShardProgress, now: number) =>
  step === 'done' || leaseUntil <= now ? step : `${step}, leased until ${new Date(leaseUntil).toISOString()}`;

/** Progress of the close of the oldest open month, by shard. */
const showProgress = async (options: GlobalOptions) => {
  const { openContext, now } = await connectStage(options);
  const progress = await readCloseProgress(await openContext('read'));
  print(options.json, progress ?? {}, () => {
    if (!progress) return 'every month that has ended is closed';
    const { month, shards } = progress;
    if (shards.length === 0) return `${month} is open, and its close has not started`;
    return [
      `${month} is open`,
      table(
        [
          { title: 'shard', align: 'right' },
          { title: 'step' },
          { title: 'done', align: 'right' },
          { title: 'statements', align: 'right' },
          { title: 'failed' },
        ],
        shards.map((shard) => [
          String(shard.shard),
          stateOf(shard, now()),
          `${shard.count} of ${shard.of}`,
          String(shard.statements),
          shard.failures.map(({ projectId, error }) => `${projectId}: ${error}`).join('\n'),
        ]),
      ),
    ].join('\n');
  });
};

export const addCloseCommand = (program: Command): void => {
  program
    .command('close')
    .argument('[month]', 'the last month to close, YYYY-MM; by default the latest that has ended', parseMonth)
    .description('issue the statements of every month that has ended and is not closed, oldest first')
    .option('--progress', 'close nothing; show the progress of the oldest open month')
    .action(async (month: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly progress?: boolean }>();
      if (options.progress) return showProgress(options);
      const request = parseCloseRequest({ month });
      const { openContext, now } = await connectStage(options);
      const progress = createProgress(now);
      const closed = await closeMonths(await openContext('write'), {
        ...request,
        onProgress: ({ month, shard, shards, step, count, of }) =>
          progress.show(`${month}: shard ${shard + 1} of ${shards}, ${step}, ${count} of ${of}`),
      }).finally(progress.end);
      print(options.json, { closed }, () =>
        closed.length === 0
          ? 'nothing to close'
          : table(
              [{ title: 'month' }, { title: 'closed' }],
              closed.map((result) => [result.month, outcomeOf(result)]),
            ),
      );
    });
};
