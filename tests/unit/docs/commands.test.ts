import { globSync, readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../../cli/program.ts';
import { commandLines, jobmeterCommands, readMarkdown } from './markdown.ts';

const PAGES = ['README.md', ...globSync('docs/**/*.md', { exclude: ['**/node_modules/**'] })];

const COMMANDS = PAGES.flatMap((page) =>
  readMarkdown(readFileSync(page, 'utf8'))
    .blocks.filter(({ language }) => language === 'sh')
    .flatMap(commandLines)
    .flatMap(jobmeterCommands)
    .map((words) => ({ page, words })),
);

/** Every command does nothing, and a wrong use is thrown. */
const disarm = (command: Command): void => {
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {});
  command.commands.forEach(disarm);
};

/** Why a command line is not accepted, if so. */
const refusal = async (words: readonly string[]): Promise<string | undefined> => {
  const program = await createProgram(words);
  program.commands.forEach(disarm);
  program.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    await program.parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
};

test('every command of the pages exists, with the options that are given', async () => {
  expect(COMMANDS.length).toBeGreaterThan(45);
  expect(COMMANDS.filter(({ page }) => page === 'docs/sources.md').length).toBeGreaterThan(15);
  const wrong = await Promise.all(
    COMMANDS.map(async ({ page, words }) => {
      const error = await refusal(words);
      return error === undefined ? [] : [`${page}: ${words.join(' ')}: ${error}`];
    }),
  );
  expect(wrong.flat()).toEqual([]);
});

test('a command that does not exist, or has another option, is noticed', async () => {
  expect(await refusal(['poll', '--projects', 'a'])).toContain("unknown option '--projects'");
  expect(await refusal(['imports', 'slurm'])).toContain("unknown command 'imports'");
  expect(await refusal(['import', 'pbs', 'jobs.txt'])).toContain('Allowed choices are');
});
