import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../lib/store/store.ts';
import { childExit } from '../../local/child.ts';
import type { Random } from '../../simulation/random.ts';
import { run } from '../end-to-end/programs.ts';
import type { Killer } from './kills.ts';
import type { PartName, Parts } from './parts.ts';

const COMMAND_LINE = 'cli/jobmeter.ts';
const ATTEMPTS = 20;
const LOOK_EVERY_MS = 20;

const runCommand = (parts: Parts, args: readonly string[]) => run(COMMAND_LINE, args, parts.environment);

/** What a command of the command line answers with `--json`. */
export const ask = async <Answer>(parts: Parts, ...args: readonly string[]): Promise<Answer> => {
  const { stdout, stderr } = await runCommand(parts, [...args, '--json']);
  assert(stdout !== '', `jobmeter ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout) as Answer;
};

export interface Closing {
  /** Closes that died of a signal. */
  readonly killed: number;
  /** What closes said that failed because something else was dead. */
  readonly failures: readonly string[];
}

interface Close {
  readonly parts: Parts;
  readonly killer: Killer;
  readonly random: Random;
  readonly store: Store;
  readonly projects: readonly string[];
}

/** How many projects have their statement of the month; none while the table is dead. */
const countStatements = async ({ store, projects }: Close, month: string): Promise<number> => {
  const statements = await Promise.all(
    projects.map((projectId) => store.readStatement(projectId, month)),
  ).catch(() => []);
  return statements.filter((statement) => statement !== undefined).length;
};

/**
 * Waits for the moment to kill: soon, or when some more projects have their statement, at the
 * latest when the close has ended.
 */
const momentToKill = async (close: Close, month: string, ended: AbortSignal): Promise<void> => {
  const { random, projects } = close;
  if (random.chance(0.3)) return pause(random.integer(300, 1_500));
  const before = await countStatements(close, month);
  const wanted = before + random.integer(1, Math.max(1, Math.floor((projects.length - before) / 2)));
  while (!ended.aborted && (await countStatements(close, month)) < wanted) await pause(LOOK_EVERY_MS);
};

/**
 * Closes a month through the command line while `victims` are killed, each in a close of its own:
 * soon after its start or after some statements. Then closes it undisturbed.
 */
export const closeWithKills = async (
  close: Close,
  month: string,
  victims: readonly (PartName | 'close')[],
): Promise<Closing> => {
  const { parts, killer } = close;
  let killed = 0;
  const failures: string[] = [];

  for (const victim of victims) {
    const child = spawn(process.execPath, [COMMAND_LINE, 'close', month], {
      env: { ...process.env, ...parts.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = childExit(child);
    const said = text(child.stderr);
    const ended = new AbortController();
    void exited.then(() => ended.abort());
    await momentToKill(close, month, ended.signal);
    if (victim === 'close') child.kill('SIGKILL');
    else await killer.strike(victim);
    await exited;
    if (child.signalCode !== null) killed += 1;
    else if (child.exitCode !== 0) failures.push(await said);
  }

  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await runCommand(parts, ['close', month]);
    if (code === 0) return { killed, failures };
    failures.push(stderr);
    assert(attempt < ATTEMPTS, `${month} does not close: ${stderr}`);
    await pause(1_000);
  }
};
