import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PART_NAMES, type PartName, type Parts } from './parts.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const HEAP_EVERY_SECONDS = 30;

/** A size in MiB, so many seconds after the start. */
export interface Sample {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** The memory a process has in RAM, in MiB. */
export const residentMemory = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  const kibibytes =
    status === undefined
      ? (await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout
      : /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return (Number(kibibytes) * KIB) / MIB;
};

/**
 * The heap of a V8 with an open inspector, in MiB, after its garbage was collected: what the
 * program holds on to.
 */
export const liveHeap = async (inspectorPort: number): Promise<number> => {
  const targets = await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json();
  const [{ webSocketDebuggerUrl }] = targets as [{ webSocketDebuggerUrl: string }];
  const socket = new WebSocket(webSocketDebuggerUrl);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.onerror = () => reject(new Error('the inspector does not answer'));
  socket.onopen = () => {
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    socket.send(JSON.stringify({ id: 2, method: 'Runtime.getHeapUsage' }));
  };
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: { usedSize: number } };
    if (id === 2) resolve(result.usedSize / MIB);
  };
  return promise.finally(() => socket.close());
};

/** What became of the memory of a part. */
export interface MemorySeries {
  readonly part: PartName;
  readonly kind: 'resident' | 'live heap';
  readonly samples: readonly Sample[];
}

interface Watch {
  /** Looks at the live heaps too, which collects their garbage. */
  readonly heaps: boolean;
  readonly signal: AbortSignal;
}

/** Looks at the memory of every living part each second, and at its live heap every half minute. */
export const watchMemory = (parts: Parts, { heaps, signal }: Watch) => {
  const startedAt = performance.now();
  const ending = new AbortController();
  const kinds = heaps ? (['resident', 'live heap'] as const) : (['resident'] as const);
  const series = PART_NAMES.flatMap((part) => kinds.map((kind) => ({ part, kind, samples: [] as Sample[] })));
  const note = (part: PartName, kind: MemorySeries['kind'], mebibytes: number) =>
    series
      .find((each) => each.part === part && each.kind === kind)
      ?.samples.push({ seconds: (performance.now() - startedAt) / 1000, mebibytes });
  const look = async (second: number) => {
    for (const part of PART_NAMES) {
      const pid = parts.pidOf(part);
      if (pid !== undefined) note(part, 'resident', await residentMemory(pid));
      const port = parts.inspectorPorts[part];
      if (heaps && port !== undefined && second % HEAP_EVERY_SECONDS === 0)
        note(part, 'live heap', await liveHeap(port));
    }
  };
  const watch = async () => {
    for (let second = 0; !ending.signal.aborted; second += 1) {
      // A part may die while it is looked at.
      await look(second).catch(() => {});
      await pause(1_000, undefined, { signal: AbortSignal.any([signal, ending.signal]) });
    }
  };
  // It ends with the pause that is aborted.
  void watch().catch(() => {});
  return {
    stop(): readonly MemorySeries[] {
      ending.abort();
      return series.filter(({ samples }) => samples.length > 0);
    },
  };
};

/**
 * Growth in MiB a minute over the last two thirds of the time, by least squares: the first third
 * may warm up.
 */
export const growthPerMinute = (samples: readonly Sample[]): number => {
  const from = (samples.at(-1)?.seconds ?? 0) / 3;
  const late = samples.filter(({ seconds }) => seconds >= from);
  const mean = (of: (sample: Sample) => number) =>
    late.reduce((sum, each) => sum + of(each), 0) / late.length;
  const meanSeconds = mean(({ seconds }) => seconds);
  const meanMemory = mean(({ mebibytes }) => mebibytes);
  const spread = late.reduce((sum, { seconds }) => sum + (seconds - meanSeconds) ** 2, 0);
  const together = late.reduce(
    (sum, { seconds, mebibytes }) => sum + (seconds - meanSeconds) * (mebibytes - meanMemory),
    0,
  );
  return spread === 0 ? 0 : (together / spread) * 60;
};
