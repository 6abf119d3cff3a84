import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE } from '../../local/compile-cache.ts';
import { freePorts } from '../../local/free-ports.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Of all programs: no colours, and code compiled once, also what NODE_OPTIONS loads. */
const PROGRAM_ENV: Env = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: COMPILE_CACHE };

/** Runs a program to its end, without colours. */
export const runProgram = async (
  program: string,
  args: readonly string[],
  env: Env = {},
  input = '',
  cwd?: string,
): Promise<Finished> => {
  const child = spawn(program, args, { env: { ...PROGRAM_ENV, ...env }, cwd });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, ...output };
};

/** Runs a program of the project to its end, without colours. */
export const run = (
  file: string,
  args: readonly string[],
  env: Env = {},
  input = '',
  cwd?: string,
): Promise<Finished> => runProgram(process.execPath, [file, ...args], env, input, cwd);

/** Ports of a local stack of its own, as its environment. */
export const freeStackPorts = async () => {
  const [PORT, LAMBDA_PORT, DYNAMODB_PORT] = (await freePorts(3)).map(String);
  return { PORT, LAMBDA_PORT, DYNAMODB_PORT };
};

export interface RunningStack {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `npm start`'s program and waits for the line that says it serves, or for its end. */
export const startProgram = async (env: Env): Promise<RunningStack> => {
  const child = spawn(process.execPath, ['local/start.ts'], {
    env: { ...PROGRAM_ENV, ...env },
  });
  const lines: string[] = [];
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('jobmeter ready ')) resolve();
    });
  });
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  await Promise.race([ready, ended]);
  return { child, lines, ended };
};
