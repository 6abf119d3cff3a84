import type { Command } from 'commander';
import { retractEvent } from '../../lib/operations/retract.ts';
import { readActor } from '../actor.ts';
import { print } from '../output.ts';
import { connectStage, type GlobalOptions } from '../stage.ts';
import { noSuchJob } from '../unknown-job.ts';

interface RetractOptions extends GlobalOptions {
  readonly source?: string;
  readonly reason: string;
}

export const addRetractCommand = (program: Command): void => {
  program
    .command('retract')
    .description('take an event back that was sent by mistake: it does not count any more')
    .argument('<project>', 'the project id')
    .argument('<job>', 'the job id')
    .argument('<event>', 'the id of the event, as `jobmeter job` lists it')
    .requiredOption('--reason <text>', 'why; kept with the job and in the log of actions')
    .option('--source <source>', 'the source of the event, where several sent one with this id')
    .addHelpText(
      'after',
      '\nExample:\n  jobmeter retract proj-1 job-8c1f 8c1f-4 --reason "stop of another job"\n' +
        '\nA closed month is corrected by the next statement.',
    )
    .action(async (projectId: string, jobId: string, id: string, _, command: Command) => {
      const { source, reason, ...options } = command.optsWithGlobals<RetractOptions>();
      const by = await readActor(options.stage);
      const context = await (await connectStage(options)).openContext('write');
      const retracted = await retractEvent(context, { projectId, jobId, id, source, reason, by });
      if (!retracted) throw await noSuchJob(context, projectId, jobId);
      const { outcome, retracts } = retracted;
      const { status, time } = retracts;
      print(options.json, { projectId, jobId, id, source: retracts.source, outcome }, () => {
        const what = `${status} of ${new Date(time).toISOString()}`;
        return outcome === 'recorded' ? `taken back: ${what}` : `it was taken back before: ${what}`;
      });
    });
};
