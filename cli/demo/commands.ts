import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bold } from '../output.ts';

const COMMAND_LINE = fileURLToPath(new URL('../jobmeter.ts', import.meta.url));

/** Runs commands as a person would, and prints them. `options` are not printed. */
export const createCommands =
  (print: (text: string) => void, env: Readonly<Record<string, string>>) =>
  async (args: readonly string[], options: readonly string[] = []) => {
    print(bold(`$ jobmeter ${args.join(' ')}`));
    const child = spawn(process.execPath, [COMMAND_LINE, ...args, ...options], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { code: code as number, output };
  };

export type RunCommand = ReturnType<typeof createCommands>;
