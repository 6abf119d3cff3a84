import type { Command } from 'commander';
import { readCloseConfig } from '../../lib/config.ts';
import type { BillingContext } from '../../lib/operations/billing-context.ts';
import {
  type ClosedMonth,
  type CloseOptions,
  closeMonths,
  parseCloseRequest,
  readCloseProgress,
} from '../../lib/operations/close/close-months.ts';
import { lastEndedMonth, stateOfMonth } from '../../lib/operations/close/open-months.ts';
import { readStatementsOfMonth } from '../../lib/operations/close/statements-of-month.ts';
import { Refusal } from '../../lib/refusal.ts';
import type { ShardProgress } from '../../lib/store/close-progress.ts';
import { readActor } from '../actor.ts';
import { askFirst } from '../ask-first.ts';
import { parseMonth } from '../month.ts';
import { counted, createProgress, print, table } from '../output.ts';
import { type PreviewOptions, showPreview } from '../preview-close.ts';
import { connectProvider } from '../provider.ts';
import { closedView, NOTHING_TO_CLOSE, showClosed } from '../show-closed.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const stateOf = ({ step, leaseUntil }: ShardProgress, now: number) =>
  step === 'done' || leaseUntil <= now ? step : `${step}, leased until ${new Date(leaseUntil).toISOString()}`;

/** Progress of the close of the oldest open month, by shard. */
const showProgress = async (options: GlobalOptions) => {
  const { openContext, now } = await connectStage(options);
  const context = await openContext('read');
  const progress = await readCloseProgress(context);
  const lastEnded = lastEndedMonth(context);
  const isUnused = (await stateOfMonth(context, lastEnded)) === 'unused';
  print(options.json, progress ?? {}, () => {
    if (isUnused) return `nothing was used up to ${lastEnded}`;
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

/** With the statements of each month, also those that an interrupted close had issued before. */
const withStatements = (context: BillingContext, closed: readonly ClosedMonth[]) =>
  Promise.all(
    closed.map(async (month) => ({
      closed: month,
      currency: context.currency,
      statements: await readStatementsOfMonth(context, month.month),
    })),
  );

/** Asks the provider, if one is configured. */
const ask = async (context: BillingContext, options: GlobalOptions, { month }: CloseOptions) => {
  const provider = await connectProvider(options);
  if (!provider) return;
  for (const reason of await askFirst(context, provider, month))
    process.stderr.write(`jobmeter: closed without asking the provider, ${reason}\n`);
};

/** As ISSUE says. The table does not know it, so only the local stack may go without: as in the month before. */
const statedIssue = ({ stage }: GlobalOptions): Pick<CloseOptions, 'issue'> => {
  if (process.env.ISSUE) return { issue: readCloseConfig().issue };
  if (stage === 'local') return {};
  throw new Refusal(
    'invalid',
    `a close of stage ${stage} issues statements at once, or makes drafts that a person approves: ` +
      'set ISSUE to "at once" or approve, as deployed',
  );
};

interface Options extends PreviewOptions {
  readonly progress?: boolean;
  readonly dryRun?: boolean;
  readonly withoutAsking?: boolean;
}

export const addCloseCommand = (program: Command): void => {
  program
    .command('close')
    .argument('[month]', 'the last month to close, YYYY-MM; by default the latest that has ended', parseMonth)
    .description(
      'issue the statements of every month that has ended and is not closed, oldest first, and print their amounts',
    )
    .option('--progress', 'close nothing; show the progress of the oldest open month')
    .option('--dry-run', 'issue and write nothing; show what the close of the oldest open month would issue')
    .option('--since <file>', 'with --dry-run: differences to what an earlier --dry-run --json printed')
    .option('--without-asking', 'do not ask the provider of OVH_PROJECTS for jobs that are open or held')
    .action(async (month: string | undefined, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.progress) return showProgress(options);
      if (options.since !== undefined && !options.dryRun)
        command.error('error: --since compares previews: add --dry-run');
      if (options.dryRun) return showPreview(options, month);
      const request = { ...parseCloseRequest({ month }), ...statedIssue(options) };
      const { openContext, now } = await connectStage(options);
      const by = await readActor(options.stage);
      const progress = createProgress(now);
      const context = await openContext('write');
      if (!options.withoutAsking) await ask(context, options, request);
      const closed = await closeMonths(context, {
        ...request,
        by,
        onProgress: ({ month, shard, shards, step, count, of, charges }) =>
          progress.show(
            `${month}: shard ${shard + 1} of ${shards}, ${step}, ${count} of ${of}, ${counted(charges, 'charge')} read`,
          ),
      }).finally(progress.end);
      const months = await withStatements(context, closed);
      print(options.json, { closed: months.map(closedView) }, () =>
        months.length === 0 ? NOTHING_TO_CLOSE : months.map(showClosed).join('\n\n'),
      );
    });
};
