import { type Command, InvalidArgumentError } from 'commander';
import { readEndpointDeliveries } from '../../lib/operations/deliver/read-deliveries.ts';
import { print } from '../output.ts';
import { deliveriesView, showDeliveries } from '../show-deliveries.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';

const MAX_LIMIT = 1_000;

const limitOption = (text: string): number => {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_LIMIT}.`);
};

type Options = GlobalOptions & {
  readonly failed?: true;
  readonly endpoint?: string;
  readonly limit: number;
};

export const addDeliveriesCommand = (program: Command): void => {
  program
    .command('deliveries')
    .description('what waits for an endpoint that does not take it, and the latest attempts of 30 days')
    .option('--failed', 'only attempts that have failed')
    .option('--endpoint <id>', 'only those of one endpoint')
    .option('--limit <n>', 'so many attempts', limitOption, 20)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  jobmeter deliveries                     what was sent, and how it went\n' +
        '  jobmeter deliveries --failed            why something is not delivered\n' +
        '\nWhat waits is tried again by itself: jobmeter redeliver tries it now.',
    )
    .action(async (_, command: Command) => {
      const { failed, endpoint, limit, ...options } = command.optsWithGlobals<Options>();
      const { store } = await connectStage(options);
      const deliveries = await readEndpointDeliveries(store, {
        ...{ limit, failed: failed === true },
        ...(endpoint !== undefined && { endpointId: endpoint }),
      });
      print(options.json, deliveriesView(deliveries), () => showDeliveries(deliveries));
    });
};
