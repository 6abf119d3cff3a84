import type { Command } from 'commander';
import { REAL_TIME } from '../api-client.ts';
import type { GlobalOptions } from '../stage.ts';

export const addDemoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('start a separate local stack, run a month of jobs through it and show the statements')
    .action(async (_, command: Command) => {
      const { json, stage } = command.optsWithGlobals<GlobalOptions>();
      if (stage !== 'local') command.error('error: the demo starts its own local stack: it takes no stage');
      const { runDemo } = await import('../demo/run.ts');
      const report = await runDemo(json ? () => {} : console.log, REAL_TIME);
      if (json) console.log(JSON.stringify(report, null, 2));
      if (report.checks.some(({ ok }) => !ok)) process.exitCode = 1;
    });
};
