import type { Command } from 'commander';
import { REAL_TIME } from '../api-client.ts';
import type { GlobalOptions } from '../stage.ts';

interface DemoOptions extends GlobalOptions {
  readonly ovh?: boolean;
}

type Print = (text: string) => void;

const runExamples = async (print: Print) => (await import('../demo/run.ts')).runDemo(print, REAL_TIME);
const runOvh = async (print: Print) =>
  (await import('../demo/provider/run.ts')).runProviderDemo(print, REAL_TIME);

export const addDemoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('start a separate local stack, run a month of jobs through it and show the statements')
    .option(
      '--ovh',
      "jobs of a stand-in of OVHcloud: lost stops are repaired, and the provider's bill checked",
    )
    .action(async (_, command: Command) => {
      const { json, stage, ovh } = command.optsWithGlobals<DemoOptions>();
      if (stage !== 'local') command.error('error: the demo starts its own local stack: it takes no stage');
      const print = json ? () => {} : console.log;
      const report = ovh ? await runOvh(print) : await runExamples(print);
      if (json) console.log(JSON.stringify(report, null, 2));
      if (report.checks.some(({ ok }) => !ok)) process.exitCode = 1;
    });
};
