import type { Item, Table } from '../lib/store/table.ts';
import { allOf } from './items-on.ts';
import type { Random } from './random.ts';

/** How a process ended. A crashed one is abandoned: its promise never settles and nobody is told. */
export type Outcome<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'crashed' };

/** What may go wrong at a table call, and how often in one run. */
export interface Faults {
  /** Probability at each call. */
  readonly rate: number;
  readonly most: number;
}

/** Where a schedule is directed: the first process of the name that comes to the call waits until nothing else can go on. */
export interface Hold {
  readonly process: string;
  /** How the call begins. */
  readonly call: string;
  /** Dies there, once it has waited: before the call reaches the table, or after. */
  readonly dies?: 'before' | 'after';
}

/** A table call that failed on purpose: a throttle, a timeout, a network that broke. */
export class InjectedFault extends Error {}

/** What an invocation runs on, one after the other. It dies whole: with it dies what an invocation that has ended left under way. */
export interface Host {
  crashed: boolean;
}

/** One invocation. */
interface Process {
  readonly name: string;
  readonly host: Host;
  readonly startedAt: number;
  /** Others overtake it: it acts late on what it read early. */
  readonly slow: boolean;
  onCrash(): void;
}

interface WaitingCall {
  readonly process: Process;
  readonly text: string;
  /** Does it; gives the function that tells the process. */
  land(): Promise<() => void>;
  readonly dies?: Hold['dies'];
  /** What reaches the table when the call fails under way: of a write anything between nothing and all. */
  landPartly(): Promise<unknown>;
  fail(error: Error): void;
}

/** Lets everything run that can without another table call: calls of the memory table are microtasks, which all come before the next tick. */
const drained = () => new Promise<void>((resolve) => process.nextTick(resolve));

const NOTHING = () => Promise.resolve();

/**
 * Runs processes over one table and decides, call by call, whose turn it is and what goes wrong. A process runs alone between two of
 * its calls, so the order of calls is the whole schedule.
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
    /** Lets time pass for everybody. */
    advance(ms: number): void;
    onStep(text: string): void;
  },
) => {
  const waiting: WaitingCall[] = [];
  const held: WaitingCall[] = [];
  const holdsLeft = [...holds];
  const processes = new Set<Process>();
  const count = { calls: 0, failures: 0, crashes: 0 };

  const worldOf = (process: Process): { table: Table; pause: (ms: number) => Promise<void> } => {
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

    /** Pages of any size, each read at one instant: what lies between two pages may change meanwhile. */
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

    /** Others have their turns meanwhile. */
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
    return { table: own, pause };
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
    /** Lets the process go on that was held first; false if none is. */
    release(): boolean {
      const call = held.shift();
      if (call) waiting.push(call);
      return call !== undefined;
    },
    isWaiting: () => waiting.length > 0,
    running: () => processes.size,
    names: () => [...processes].map(({ name }) => name),
    /** When the process started that runs longest. */
    runningSince: () => Math.min(...[...processes].map(({ startedAt }) => startedAt)),

    /** Starts a process; it has come to its first table call when this returns. */
    async start<T>(
      name: string,
      host: Host,
      body: (table: Table, pause: (ms: number) => Promise<void>) => Promise<T>,
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
      const own = worldOf(process);
      body(own.table, own.pause)
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

    /** Gives one waiting call its turn. */
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
