import { stderr } from 'node:process';
import type { Command } from 'commander';
import { createProgress, print } from '../../cli/output.ts';

/** Reads the options of a load tool; the end of its help says where it listens, and its exit codes. */
export const parseOptions = <Options>(program: Command, exitCodes: string) =>
  program
    .option('--json', 'print JSON for machines instead of text for people')
    .addHelpText(
      'after',
      '\nDynamoDB Local listens on all addresses, the rest on loopback. Nothing is left behind.',
    )
    .addHelpText('after', `\nExit codes: ${exitCodes}, 2 wrong use of the command line.`)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Options & { readonly json?: boolean }>();

/** Aborted when the process is told to end. */
export const interruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => controller.abort(new Error(`ended by ${signal}`)));
  return controller.signal;
};

/** What a load tool measures, how people read it, and whether all is right. */
interface Measurement<Result> {
  readonly measure: (onProgress: (text: string) => void) => Promise<Result>;
  readonly show: (result: Result) => string;
  readonly isRight: (result: Result) => boolean;
}

/** Measures, prints the result and ends the process. */
export const runProgram = async <Result>(
  json: boolean | undefined,
  { measure, show, isRight }: Measurement<Result>,
): Promise<never> => {
  const progress = createProgress(Date.now);
  try {
    const result = await measure(progress.show).finally(progress.end);
    print(json, result, () => show(result));
    process.exitCode = isRight(result) ? 0 : 1;
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
  // A connection that was cut off may still wait for an answer.
  process.exit();
};
