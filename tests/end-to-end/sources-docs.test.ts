import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestClock } from '../clock/test-clock.ts';
import { type CodeBlock, commandLines, jobmeterCommands, readMarkdown } from '../unit/docs/markdown.ts';
import { freeStackPorts, runProgram, startProgram } from './programs.ts';

/** A block whose commands use files of docs/examples, and what the page says they print. */
interface Example {
  readonly section: string;
  readonly commands: readonly string[];
  readonly shown?: CodeBlock;
}

const examplesOf = (page: string): readonly Example[] => {
  const { blocks } = readMarkdown(readFileSync(page, 'utf8'));
  return blocks.flatMap((block, index) => {
    const commands = commandLines(block).filter((line) => line.startsWith('npx jobmeter '));
    if (block.language !== 'sh' || !commands.some((line) => line.includes('docs/examples/'))) return [];
    const next = blocks[index + 1];
    const shown = next?.language === 'text' && next.section === block.section ? { shown: next } : {};
    return [{ section: block.section, commands, ...shown }];
  });
};

const EXAMPLES = [...examplesOf('README.md'), ...examplesOf('docs/sources.md')];

/** A while after the examples, so that no month of them is a current one. */
const READ_AT = { at: Date.parse('2026-12-03T10:00:00Z'), timeZone: 'UTC' };

const wordsOf = (command: string): readonly string[] => jobmeterCommands(command)[0] ?? [];

const needsStack = (command: string): boolean =>
  !command.includes('--dry-run') && !command.includes('tariff import');

/** A line `...` stands for lines that are left out. */
const patternOf = ({ lines }: CodeBlock): RegExp => {
  const parts = lines.map((line) =>
    line === '...' ? '(?:.*\n)*?' : `${line.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
};

/** Runs command lines by a shell, as they are written, in a folder that has the files of the project. */
const createShell = (env: Readonly<Record<string, string | undefined>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'jobmeter-docs-'));
  for (const name of ['docs', 'tariffs']) symlinkSync(join(process.cwd(), name), join(folder, name));
  const setUp = 'npx() { shift; "$NODE" "$PROJECT/cli/jobmeter.ts" "$@"; }; cd "$FOLDER" || exit';
  const variables = { ...env, NODE: process.execPath, PROJECT: process.cwd(), FOLDER: folder };
  return {
    run: (line: string) => runProgram('bash', ['-c', `${setUp}\n${line}`], variables),
    remove: () => rmSync(folder, { recursive: true }),
  };
};

type Shell = ReturnType<typeof createShell>;

const runExample = async ({ commands, shown }: Example, shell: Shell): Promise<void> => {
  let output = '';
  for (const command of commands) {
    let finished = await shell.run(command);
    // The page says to wait until an audit finds that every job is settled.
    if (wordsOf(command)[0] === 'audit')
      await expect
        .poll(
          async () => {
            finished = await shell.run(command);
            return finished.code;
          },
          { timeout: 60_000, interval: 500 },
        )
        .toBe(0);
    expect({ command, ...finished }).toMatchObject({ code: 0 });
    output += finished.stdout;
  }
  if (shown) expect(output.replaceAll(/ +$/gm, '')).toMatch(patternOf(shown));
};

test('the pages show what each platform, the prices and a comparison look like', () => {
  const isShown = (text: string) =>
    EXAMPLES.some(({ commands, shown }) => shown && commands.some((line) => line.includes(text)));
  for (const platform of ['slurm', 'kubernetes', 'ovh', 'sagemaker', 'batch'])
    expect([platform, isShown(`import ${platform} docs/examples/`)]).toEqual([platform, true]);
  expect(isShown('tariff import ovh docs/examples/')).toBe(true);
  expect(isShown('reconcile 2026-11 ')).toBe(true);
});

test.each([...Map.groupBy(EXAMPLES, ({ section }) => section)])(
  '%s: its commands work, and print what the page shows',
  async (_, examples) => {
    const clock = createTestClock(READ_AT);
    const env = { ...(await freeStackPorts()), ...clock.environment };
    const shell = createShell(env);
    const stack = examples.some(({ commands }) => commands.some(needsStack))
      ? await startProgram(env)
      : undefined;
    try {
      for (const example of examples) await runExample(example, shell);
    } finally {
      stack?.child.kill('SIGTERM');
      await stack?.ended;
      shell.remove();
      clock.remove();
    }
  },
);
