import { readFileSync } from 'node:fs';
import { Command, Help, type Option } from 'commander';
import { addCommands } from './commands.ts';

const readVersion = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** Usage errors exit with 2; commander exits with 1. */
const withExitCode = (command: Command): void => {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  command.commands.forEach(withExitCode);
};

/** Commander does not say which options are required. */
const optionDescription = (option: Option): string =>
  `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;

/** Prints the help of the command that the words name, as they do with --help. */
const addHelpCommand = (program: Command): void => {
  program
    .command('help')
    .argument('[command...]', 'the command')
    .summary('print the help of a command')
    .description('print the help of a command')
    .action((words: readonly string[]) => {
      let named = program;
      for (const word of words) {
        const next = named.commands.find((command) => command.name() === word);
        if (!next) program.error(`error: unknown command '${word}'`);
        named = next;
      }
      named.help();
    });
};

/** The program for a command line, with the whole of the commands that its words name. */
export const createProgram = async (words: readonly string[]): Promise<Command> => {
  const program = new Command('jobmeter')
    .description('Metering and billing for AI training jobs.')
    .version(readVersion(), '--version', 'print the version')
    .option('--json', 'print JSON instead of text')
    .option('--stage <name>', 'the deployed stage to work on', 'local')
    .helpOption('-h, --help', 'print help')
    // Commander's own takes one word, and ignores one that is unknown.
    .helpCommand(false)
    // Arguments and options of a command are known once it is loaded.
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => command.name(),
      optionDescription,
    })
    .showHelpAfterError('(add --help for usage)')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  jobmeter usage proj-1                     what proj-1 costs this month\n' +
        '  jobmeter jobs proj-1 --status FAILED      its failed jobs, the most expensive first\n' +
        '  jobmeter jobs proj-1 --csv > jobs.csv     all its jobs, for a spreadsheet\n' +
        '  jobmeter close                            bill every month that has ended\n' +
        '\nExit codes: 0 success, 1 refused or failed, 2 usage error.',
    );
  await addCommands(program, words);
  // Under the last heading.
  addHelpCommand(program);
  withExitCode(program);
  return program;
};
