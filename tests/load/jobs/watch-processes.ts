import { readFile } from 'node:fs/promises';
import { residentMemory } from '../memory.ts';

const LOOK_EVERY_MS = 500;
/** The unit of times in /proc: USER_HZ, which is 100 on every Linux of today. */
const TICKS_A_SECOND = 100;

/** What a process has used. */
export interface Used {
  /** The most memory it had in RAM, in MiB. */
  readonly peakMiB: number;
  /** Processor time; nothing where there is no /proc. */
  readonly cpuSeconds: number | undefined;
}

/** Processor time of a process so far. */
const cpuSecondsOf = async (pid: number): Promise<number | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program is in brackets, and may have spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
};

export interface Watch {
  /** What each process has used up to now; of one that has ended, up to the last look. */
  used(): Promise<Readonly<Record<string, Used>>>;
  stop(): void;
}

/** Looks at processes by their names twice a second. */
export const watchProcesses = (pidsOf: () => Readonly<Record<string, number | undefined>>): Watch => {
  const seen = new Map<string, Used>();
  const look = async () => {
    for (const [name, pid] of Object.entries(pidsOf())) {
      if (pid === undefined) continue;
      // A process may end while it is looked at.
      const mebibytes = await residentMemory(pid).catch(() => Number.NaN);
      if (!(mebibytes > 0)) continue;
      const peakMiB = Math.max(seen.get(name)?.peakMiB ?? 0, mebibytes);
      seen.set(name, { peakMiB, cpuSeconds: (await cpuSecondsOf(pid)) ?? seen.get(name)?.cpuSeconds });
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return {
    used: async () => {
      await looking;
      await look();
      return Object.fromEntries(seen);
    },
    stop: () => clearInterval(timer),
  };
};
