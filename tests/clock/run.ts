import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs, styleText } from 'node:util';
import { allInstants, type TestInstant } from './instants.ts';
import { createTestClock, realNow } from './test-clock.ts';

const HELP = `Runs the demo and every test file at times and in zones where something could go wrong.

  npm run test:clock                                   all, about 6 minutes each
  npm run test:clock -- --list                         which times these are
  npm run test:clock -- --only december                those whose name says so
  npm run test:clock -- -- --project end-to-end        with arguments for vitest
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (text: string) => process.stdout.write(`${text}\n`);

const exitCode = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: 'inherit' });
  return (await once(child, 'close'))[0] as number | null;
};

/** The programs of the README's two commands, but for the checks that run no code. */
const PROGRAMS = [
  ['cli/jobmeter.ts', 'demo'],
  ['node_modules/vitest/vitest.mjs', 'run', ...positionals],
];

const passesAt = async (instant: TestInstant): Promise<boolean> => {
  for (const program of PROGRAMS) {
    const clock = createTestClock(instant);
    print(
      styleText('bold', `\n${instant.name} (${new Date(instant.at).toISOString()}, ${instant.timeZone})`),
    );
    const code = await exitCode(program, clock.environment).finally(clock.remove);
    if (code !== 0) return false;
  }
  return true;
};

const instants = allInstants(realNow()).filter(({ name }) =>
  name.toLowerCase().includes(values.only.toLowerCase()),
);
if (values.help) print(HELP);
else if (values.list)
  for (const { name, at, timeZone } of instants) print(`${new Date(at).toISOString()}  ${timeZone}  ${name}`);
else {
  const outcomes: string[] = [];
  for (const instant of instants) {
    const passes = await passesAt(instant);
    outcomes.push(`${passes ? 'passes' : 'FAILS '}  ${instant.name}`);
    if (!passes) process.exitCode = 1;
  }
  print(`\n${outcomes.join('\n')}`);
  if (instants.length === 0) process.exitCode = 2;
}
