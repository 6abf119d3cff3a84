import type { Command } from 'commander';
import { findReceiverId } from '../../lib/operations/deliver/endpoints.ts';
import { noteUndelivered, redeliver } from '../../lib/operations/deliver/redeliver.ts';
import { Refusal } from '../../lib/refusal.ts';
import { connectToChange } from '../endpoint-options.ts';
import { counted, print } from '../output.ts';
import { failingView } from '../show-deliveries.ts';
import type { GlobalOptions } from '../stage.ts';

type Options = GlobalOptions & { readonly event?: string; readonly scan?: true };

export const addRedeliverCommand = (program: Command): void => {
  program
    .command('redeliver')
    .description('try now what waits for an endpoint, parked events too')
    .argument('[endpoint]', 'only what waits for this one, or for the provider: provider')
    .option('--event <id>', 'only where this event is the next to be delivered')
    .option('--scan', 'read the whole table for what was never tried, as after the stream gave up')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  jobmeter redeliver                      all that waits\n' +
        '  jobmeter redeliver ep_1f0c2a3b4d5e      when its consumer is back\n' +
        '\nEvents of one job, budget or project of statements follow each other: the first that fails\n' +
        'keeps those behind it. jobmeter deliveries shows what waits, and why.',
    )
    .action(async (endpointId: string | undefined, _, command: Command) => {
      const { event, scan, ...options } = command.optsWithGlobals<Options>();
      const context = await connectToChange(options);
      const { store, now, newId, by } = context;
      if (endpointId !== undefined) await findReceiverId(store, endpointId);
      if (scan) await noteUndelivered({ store, now, stage: options.stage, jitter: () => 0 });
      const released = await redeliver(context, {
        ...(endpointId !== undefined && { endpointId }),
        ...(event !== undefined && { eventId: event }),
      });
      if (event !== undefined && released.length === 0)
        throw new Refusal('not-found', `nothing waits for ${event}: jobmeter deliveries shows what does`);
      await store.logAction({
        ...{
          id: newId(),
          at: now(),
          by,
          action: 'deliveries.redelivered',
          target: endpointId ?? 'all endpoints',
        },
        detail: counted(released.length, 'topic'),
      });
      print(options.json, { redelivered: released.map(failingView) }, () =>
        released.length === 0
          ? 'nothing waits: every event is delivered'
          : `${counted(released.length, 'topic')} will be tried within a minute, in order: jobmeter deliveries shows how it went`,
      );
    });
};
