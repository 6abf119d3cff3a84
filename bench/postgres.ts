import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, glob, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A private PostgreSQL server on a socket in its own directory. */
export interface Postgres {
  readonly version: string;
  /** Runs statements, with `input` for a COPY, and returns the output of psql. */
  query(statements: readonly string[], input?: Iterable<string>): Promise<string>;
  stop(): Promise<void>;
}

/** Directory of PostgreSQL's programs; distributions keep `initdb` out of the PATH. */
const findPrograms = async (): Promise<string | undefined> => {
  const candidates = [
    ...(process.env.PATH ?? '').split(':').map((directory) => join(directory, 'initdb')),
    ...(await Array.fromAsync(glob('/usr/lib/postgresql/*/bin/initdb'))),
  ];
  for (const candidate of candidates) {
    const found = await realpath(candidate).catch(() => undefined);
    if (found !== undefined) return dirname(found);
  }
  return undefined;
};

/** PostgreSQL refuses to run as root; then its own user runs it. */
const userOf = async (): Promise<{ readonly uid: number; readonly gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (which) => Number((await run('id', [which, 'postgres'])).stdout)),
  );
  if (uid === undefined || gid === undefined) throw new Error('`id` names a user and a group');
  return { uid, gid };
};

/** Enough memory to avoid disk reads and external sorts. */
const SETTINGS = '-c shared_buffers=1GB -c work_mem=128MB -c listen_addresses=';

/** Starts an empty PostgreSQL in a temporary directory; nothing if none is installed. */
export const openPostgres = async (): Promise<Postgres | undefined> => {
  const programs = await findPrograms();
  if (programs === undefined) return undefined;
  const user = await userOf();
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-bench-'));
  if (user) await chown(directory, user.uid, user.gid);
  const options = { cwd: directory, ...user };
  const call = (program: string, args: readonly string[]) => run(join(programs, program), args, options);
  const cluster = join(directory, 'cluster');
  const remove = () => rm(directory, { recursive: true });

  try {
    await call('initdb', ['-D', cluster, '-U', 'bench', '--auth=trust', '--no-sync', '-E', 'UTF8']);
    const server = ['-D', cluster, '-l', join(directory, 'log'), '-o', `${SETTINGS} -k ${directory}`];
    await call('pg_ctl', [...server, '-w', 'start']);
  } catch (error) {
    await remove();
    throw error;
  }
  const version = (await call('postgres', ['--version'])).stdout.trim();

  return {
    version,
    async query(statements, input = []) {
      const psql = spawn(
        join(programs, 'psql'),
        ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', directory, '-U', 'bench', '-d', 'postgres'].concat(
          statements.flatMap((statement) => ['-c', statement]),
        ),
        { ...options, stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const printed = text(psql.stdout);
      const exited = once(psql, 'exit');
      for (const part of input) if (!psql.stdin.write(part)) await once(psql.stdin, 'drain');
      psql.stdin.end();
      const [code] = await exited;
      if (code !== 0) throw new Error(`psql ended with exit code ${code}`);
      return printed;
    },
    async stop() {
      await call('pg_ctl', ['-D', cluster, '-m', 'immediate', '-w', 'stop']);
      await remove();
    },
  };
};
