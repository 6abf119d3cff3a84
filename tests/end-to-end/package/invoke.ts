import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Requires the code, as Lambda does with a `.cjs`. */
const INVOKE = `const { handler } = require(process.argv[1]);
const context = { awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef', getRemainingTimeInMillis: () => 300_000 };
handler(JSON.parse(process.argv[2]), context).then((answer) => console.log(JSON.stringify({ answer })));`;

/**
 * Invokes packaged code in a new process that has `env` and nothing else, not even a home
 * directory. `lines` are what it has logged.
 */
export const invokeLogged = async (
  code: Buffer,
  event: unknown,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly answer: unknown; readonly lines: readonly string[] }> => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-invoke-'));
  try {
    const file = join(directory, 'function.cjs');
    await writeFile(file, code);
    const args = ['--eval', INVOKE, file, JSON.stringify(event)];
    const child = spawn(process.execPath, args, { cwd: directory, env: { HOME: directory, ...env } });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    const lines = stdout.trim().split('\n');
    const last = lines.pop() ?? '';
    if (!last.startsWith('{"answer":')) throw new Error(`it did not answer: ${stdout}${stderr}`);
    return { answer: JSON.parse(last).answer, lines };
  } finally {
    await rm(directory, { recursive: true });
  }
};

/** The answer of packaged code. */
export const invoke = async (...call: Parameters<typeof invokeLogged>): Promise<unknown> =>
  (await invokeLogged(...call)).answer;
