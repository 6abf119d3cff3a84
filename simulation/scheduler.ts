import type { Item, Table } from '../lib/store/table.ts';
import { allOf } from './items-on.ts';
import type { Random } from './random.ts';

/** How a process ended. The promise of a crashed one never settles. */
export type Outcome<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'crashed' };

/** Faults at table calls. */
export interface Faults {
  /** Probability at each call. */
  readonly rate: number;
  /** In one run. */
  readonly most: number;
}

/** Directs a schedule: the first matching call waits until nothing else can run. */
export interface Hold {
  readonly process: string;
  /** Prefix of the call. */
  readonly call: string;
  /** The process crashes there, before or after the call reaches the table. */
  readonly dies?: 'before' | 'after';
}

/** An injected failure of a table call: throttling, a timeout, a network error. */
export class InjectedFault extends Error {}

/** Runs invocations one after the other. A crash also ends calls left by earlier invocations. */
export interface Host {
  crashed: boolean;
}

/** What an invocation has of the world. */
export interface World {
  readonly table: Table;
  pause(ms: number): Promise<void>;
  /** A call of something other than the table. */
  call<T>(text: string, run: () => Promise<T>): Promise<T>;
}

/** One invocation. */
interface Process {
  readonly name: string;
  readonly host: Host;
  readonly startedAt: number;
  /** Others overtake it, so that it acts on stale reads. */
  readonly slow: boolean;
  onCrash(): void;
}

interface WaitingCall {
  readonly process: Process;
  readonly text: string;
  /** Performs the call; the result resolves its promise. */
  land(): Promise<() => void>;
  readonly dies?: Hold['dies'];
  /** Effect on the table of a failed call: of a write anything between nothing and all. */
  landPartly(): Promise<unknown>;
  fail(error: Error): void;
}

/** Runs all microtasks: calls of the memory table are microtasks, which precede the next tick. */
const drained = () => new Promise<void>((resolve) => process.nextTick(resolve));

const NOTHING = () => Promise.resolve();

/**
 * Runs processes on one table and chooses the next call and its fault. A process runs alone between
 * two calls, so the order of calls is the whole schedule.
 */
export const createScheduler = (
  table: Table,
  random: Random,
  {
    faults,
    holds,
    now,
    advance,
    onStep,
  }: {
    readonly faults: Faults;
    readonly holds: readonly Hold[];
    now(): number;
    /** Advances the clock of all processes. */
    advance(ms: number): void;
    onStep(text: string): void;
  },
) => {
  const waiting: WaitingCall[] = [];
  const held: WaitingCall[] = [];
  const holdsLeft = [...holds];
  const processes = new Set<Process>();
  const count = { calls: 0, failures: 0, crashes: 0 };

  const worldOf = (process: Process): World => {
    const turn = <T>(text: string, run: () => Promise<T>, landPartly: () => Promise<unknown> = NOTHING) =>
      new Promise<T>((resolve, fail) => {
        if (process.host.crashed) return;
        const land = async () => {
          const value = await run();
          return () => resolve(value);
        };
        const call: WaitingCall = { process, text, land, landPartly, fail };
        const hold = holdsLeft.find(
          (one) => process.name.startsWith(one.process) && text.startsWith(one.call),
        );
        if (!hold) {
          waiting.push(call);
          return;
        }
        holdsLeft.splice(holdsLeft.indexOf(hold), 1);
        held.push({ ...call, ...(hold.dies && { dies: hold.dies }) });
      });
    const write = <T>(text: string, run: () => Promise<T>) =>
      turn(text, run, () => (random.chance(0.5) ? run() : NOTHING()));

    /** Pages of random size, each read at one instant: items may change between pages. */
    async function* query(
      ...[pk, options = {}]: Parameters<Table['query']>
    ): AsyncGenerator<readonly Item[]> {
      const size = random.oneOf([1, 1, 2, 3, 1000]);
      const { limit = Number.POSITIVE_INFINITY, ...rest } = options;
      let seen = 0;
      for (let after = options.after; ; ) {
        const most = Math.min(size, limit - seen);
        const from = after === undefined ? {} : { after };
        const read = () => allOf(table.query(pk, { ...rest, ...from, limit: most }));
        const page = await turn(`query ${pk} ${options.prefix ?? ''}`, read);
        yield page;
        seen += page.length;
        after = page.at(-1)?.sk;
        if (page.length < most || seen >= limit) return;
      }
    }

    /** Other processes run in the meantime. */
    const pause = async (ms: number) => {
      for (const until = now() + ms; now() < until; )
        await turn('pause', async () => advance(random.integer(0, until - now())));
    };

    const own: Table = {
      get: (key) => turn(`get ${key.pk} ${key.sk}`, () => table.get(key)),
      query,
      async *scan(options) {
        const found = table.scan(options)[Symbol.asyncIterator]();
        for (;;) {
          const next = await turn('scan', () => found.next());
          if (next.done) return;
          yield next.value;
        }
      },
      put: (put) => write(`put ${put.item.pk} ${put.item.sk}`, () => table.put(put)),
      putTogether: (puts) =>
        write(`putTogether ${puts.map(({ item }) => `${item.pk} ${item.sk}`).join(', ')}`, () =>
          table.putTogether(puts),
        ),
      putEach: (items) =>
        turn(
          `putEach ${items.map(({ pk, sk }) => `${pk} ${sk}`).join(', ')}`,
          () => table.putEach(items),
          () => table.putEach(items.filter(() => random.chance(0.5))),
        ),
      delete: (key, condition) => write(`delete ${key.pk} ${key.sk}`, () => table.delete(key, condition)),
    };
    // Like a write: when it fails, it may have arrived.
    return { table: own, pause, call: write };
  };

  const takeCall = (): WaitingCall => {
    const call = random.take(waiting);
    if (!call.process.slow || waiting.length === 0 || random.chance(0.1)) return call;
    const instead = random.take(waiting);
    waiting.push(call);
    return instead;
  };

  const crash = async ({ host }: Process) => {
    host.crashed = true;
    for (const calls of [waiting, held])
      for (let index = calls.length - 1; index >= 0; index -= 1)
        if (calls[index]?.process.host === host) {
          const [underWay] = calls.splice(index, 1);
          await underWay?.landPartly();
        }
    for (const process of processes)
      if (process.host === host) {
        processes.delete(process);
        process.onCrash();
      }
  };

  return {
    count,
    /** Resumes the process held first; false if none is held. */
    release(): boolean {
      const call = held.shift();
      if (call) waiting.push(call);
      return call !== undefined;
    },
    isWaiting: () => waiting.length > 0,
    running: () => processes.size,
    names: () => [...processes].map(({ name }) => name),
    /** Start time of the oldest running process. */
    runningSince: () => Math.min(...[...processes].map(({ startedAt }) => startedAt)),

    /** Starts a process, up to its first table call. */
    async start<T>(
      name: string,
      host: Host,
      body: (world: World) => Promise<T>,
      onEnd: (outcome: Outcome<T>) => void,
    ): Promise<void> {
      const process: Process = {
        name,
        host,
        startedAt: now(),
        slow: random.chance(0.2),
        onCrash: () => onEnd({ kind: 'crashed' }),
      };
      processes.add(process);
      body(worldOf(process))
        .then(
          (value): Outcome<T> => ({ kind: 'returned', value }),
          (error: unknown): Outcome<T> => ({ kind: 'failed', error }),
        )
        .then((outcome) => {
          processes.delete(process);
          onEnd(outcome);
        });
      await drained();
    },

    /** Performs one waiting call. */
    async step(): Promise<void> {
      const call = takeCall();
      count.calls += 1;
      const goesWrong = count.failures + count.crashes < faults.most && random.chance(faults.rate);
      if (call.dies) {
        onStep(`${call.process.name}: ${call.text} dies ${call.dies} it`);
        count.crashes += 1;
        if (call.dies === 'after') await call.land();
        await crash(call.process);
      } else if (!goesWrong) {
        onStep(`${call.process.name}: ${call.text}`);
        const answer = await call.land();
        answer();
      } else if (random.chance(0.5)) {
        onStep(`${call.process.name}: ${call.text} FAILS`);
        count.failures += 1;
        await call.landPartly();
        call.fail(new InjectedFault(`injected: ${call.text}`));
      } else {
        onStep(`${call.process.name}: ${call.text} CRASH`);
        count.crashes += 1;
        await call.landPartly();
        await crash(call.process);
      }
      await drained();
    },
  };
};
