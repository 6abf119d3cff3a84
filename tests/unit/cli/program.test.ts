import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../../cli/program.ts';
import { EXACT_CHARGES } from '../../../lib/operations/snapshots/snapshot-rules.ts';

const help = async (...words: string[]): Promise<string> => (await createProgram(words)).helpInformation();

const namesOf = ({ commands }: Command): string[] => commands.map((command) => command.name());

/** The names that the list of commands has. */
const listedNames = async () => namesOf(await createProgram([]));

test('the list of commands is the same whether they are loaded or not', async () => {
  const names = await listedNames();
  expect(names).toEqual(expect.arrayContaining(['usage', 'jobs', 'job', 'projects', 'held', 'unrated']));
  expect(await help(...names)).toBe(await help());
});

test('a command that the command line names is there with all its options, and no other is', async () => {
  const program = await createProgram(['--stage', 'prod', 'usage', 'proj-1']);
  const optionsOf = (name: string) =>
    program.commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
  expect(optionsOf('usage')).toEqual(['--month', '--by', '--csv']);
  expect(optionsOf('jobs')).toEqual([]);
});

test('every command says what it does, and each of its options and arguments too', async () => {
  const program = await createProgram(await listedNames());
  const silent = program.commands.flatMap((command) => [
    ...(command.description() === '' || command.summary() === '' ? [command.name()] : []),
    ...command.options.filter(({ description }) => description === '').map(({ flags }) => flags),
    ...command.registeredArguments.filter(({ description }) => description === '').map((one) => one.name()),
  ]);
  // `complete` is for scripts, and has no line in the list.
  expect(silent.filter((name) => !['complete', 'args'].includes(name))).toEqual([]);
});

test('the help of usage says as of when its figures are, and those of a large month elsewhere', async () => {
  const program = await createProgram(['usage']);
  let text = '';
  const writeOut = (part: string) => {
    text += part;
  };
  program.commands
    .find((command) => command.name() === 'usage')
    ?.configureOutput({ writeOut })
    .outputHelp();
  expect(text).toContain('reads all charges as they are now');
  expect(text).toContain(`more than ${EXACT_CHARGES.toLocaleString('en')} charges is as of some minutes ago`);
});

/** What a command line prints, and the code that it exits with. */
const outputOf = async (...words: string[]) => {
  const program = await createProgram(words);
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const watch = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: write, writeErr: write });
    command.commands.forEach(watch);
  };
  watch(program);
  const failure: unknown = await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error);
  if (!(failure instanceof CommanderError)) throw failure;
  return { text, code: failure.exitCode };
};

test('help prints the help of a command of a command, and of the program without one', async () => {
  expect((await outputOf('help', 'tariff', 'publish')).text).toContain('Usage: jobmeter tariff publish');
  expect(await outputOf('help')).toMatchObject({
    code: 0,
    text: expect.stringContaining('jobmeter [options]'),
  });
});

test('help of a command that does not exist says so', async () => {
  const unknown = { code: 1, text: expect.stringContaining("error: unknown command 'nonsense'") };
  expect(await outputOf('help', 'nonsense')).toMatchObject(unknown);
  expect(await outputOf('help', 'tariff', 'nonsense')).toMatchObject(unknown);
});

test.each([
  [['budget', 'set'], '--amount'],
  [['export'], '--from'],
  [['link'], '--project'],
  [['retract'], '--reason'],
])('the help of %j says that %s is required, and of no other option', async (command, option) => {
  const required = (await outputOf(...command, '--help')).text.replaceAll(/\n {3,}/g, ' ').split('\n');
  expect(required.filter((line) => line.endsWith('(required)'))).toEqual([
    expect.stringMatching(new RegExp(`^ +${option} `)),
  ]);
});

const BUDGET = ['budget', 'set', 'proj-1', 'monthly', '--amount', '1000'];
const STATEMENT = ['statement', 'proj-1', '2026-10'];
test.each([
  [[...STATEMENT, '--format', 'csv', '--json'], 'choose one of --json and --format csv'],
  [[...STATEMENT, '--rows', 'lines'], '--rows is for --format csv'],
  [[...STATEMENT, '--rows', 'charges', '--format', 'pdf'], '--rows is for --format csv'],
  [[...BUDGET, '--notify', '80%', '--stop', 'lots'], 'the budget is not valid:\n  --stop lots must be'],
  [BUDGET, 'the budget is not valid:\n  say when: with --notify'],
  [
    ['budget', 'set', 'proj 1', 'monthly', '--amount', '1000'],
    "command-argument value 'proj 1' is invalid for argument 'project'. A project id is 1 to 128",
  ],
])('%j is wrong use', async (words, error) => {
  expect((await outputOf(...words)).text).toContain(`error: ${error}`);
});

test('no help shows a default of nothing', async () => {
  expect((await outputOf('poll', '--help')).text).not.toContain('default: []');
});

test('its version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect((await createProgram([])).version()).toBe(version);
});
