import type { Command } from 'commander';
import { type ClosedMonth, closeMonths, parseCloseRequest } from '../../lib/operations/close.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const outcomeOf = ({ alreadyClosed, statements }: ClosedMonth) =>
  alreadyClosed ? 'was closed already' : counted(statements, 'statement');

export const addCloseCommand = (program: Command): void => {
  program
    .command('close')
    .argument('[month]', 'the last month to close, YYYY-MM; by default the latest that has ended')
    .description('issue the statements of every month that has ended and is not closed, oldest first')
    .action(async (month: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const request = parseCloseRequest({ month });
      const { openLedger, now } = await connectStage(options);
      const progress = createProgress(now);
      const closed = await closeMonths(await openLedger(), {
        ...request,
        onProgress: ({ month, shard, shards, step, count, of }) =>
          progress.show(`${month}: ${step}, part ${shard + 1} of ${shards}, project ${count} of ${of}`),
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
