import type { Counted, Units } from './count-units.ts';
import type { readDeployed } from './deployed.ts';
import { PRICES } from './prices.ts';
import type { Taken } from './run-handlers.ts';

const MILLION = 1_000_000;
/** Lambda gives a function one processor at this size, and of less in proportion. */
const MB_OF_A_PROCESSOR = 1_769;
/** How long a call of the table takes, from a function of its region. Assumed. */
export const LATENCY_MS = 4;
/** An invocation is billed in whole milliseconds, so half of one more. */
const ROUNDING_MS = 0.5;
/** What CloudWatch adds to each line. */
const LINE_BYTES = 26;

/** Part of provisioned units that is used: what auto scaling aims at. That it gets there is assumed. */
const USED = 0.7;
const HOUR_S = 3_600;

/** USD of a unit of the table, by the request or by the hour. */
const UNITS = {
  'on-demand': { write: PRICES.writeUnit, read: PRICES.readUnit },
  provisioned: {
    write: PRICES.writeCapacityHour / HOUR_S / USED,
    read: PRICES.readCapacityHour / HOUR_S / USED,
  },
} as const;

/** What of a stage its cost depends on. */
export interface Choices {
  readonly isBehindApi: boolean;
  readonly capacity: keyof typeof UNITS;
}

/** Billed milliseconds of an invocation, of its processor time and of its waiting for the table. */
export const billedMs = (
  { rounds, invocations }: Pick<Counted, 'rounds' | 'invocations'>,
  taken: Pick<Taken, 'cpuMicroseconds' | 'invocations'>,
  memoryMb: number,
): number => {
  const processors = Math.min(1, memoryMb / MB_OF_A_PROCESSOR);
  const cpuMs = taken.cpuMicroseconds / taken.invocations / 1_000 / processors;
  return cpuMs + (rounds / invocations) * LATENCY_MS + ROUNDING_MS;
};

export interface Cost {
  readonly what: string;
  readonly usd: number;
}

export interface Measured {
  readonly jobs: number;
  readonly units: Units;
  readonly taken: Readonly<Record<'record' | 'settle', Taken>>;
}

export const runsOf = (kind: 'record' | 'settle', measured: Measured, memoryMb: number) => {
  const each = MILLION / measured.jobs;
  const counted = measured.units[kind];
  const ms = billedMs(counted, measured.taken[kind], memoryMb);
  const gbSeconds = (ms / 1_000) * (memoryMb / 1_024);
  return {
    invocations: counted.invocations * each,
    usd: counted.invocations * each * (PRICES.invocation + gbSeconds * PRICES.gbSecond),
    ms,
  };
};

const logUsd = ({ lines, bytes, invocations }: Taken, runs: number, sample: number): number =>
  ((bytes + lines * LINE_BYTES) / invocations) * runs * sample * (PRICES.logGb / 1e9);

/** What a million jobs cost, with each part of it. */
export const costsOf = (
  measured: Measured,
  { memoryMb, logSample }: ReturnType<typeof readDeployed>,
  { isBehindApi, capacity }: Choices,
): Cost[] => {
  const each = MILLION / measured.jobs;
  const { record, settle, close } = measured.units;
  const [recording, settling] = [
    runsOf('record', measured, memoryMb.record),
    runsOf('settle', measured, memoryMb.settle),
  ];
  const millions = (count: number) => `${(count / MILLION).toFixed(2)} M`;
  const runs = (name: string, { invocations, ms }: typeof recording) =>
    `${millions(invocations)} runs of ${name}, ${ms.toFixed(1)} ms`;
  const writes = (record.writes + settle.writes + close.writes) * each;
  const reads = (record.reads + settle.reads + close.reads) * each;
  return [
    ...(isBehindApi
      ? [
          {
            what: `${millions(recording.invocations)} requests`,
            usd: recording.invocations * PRICES.apiRequest,
          },
        ]
      : []),
    { what: runs('record-events', recording), usd: recording.usd },
    { what: runs('settle-jobs', settling), usd: settling.usd },
    { what: `${millions(writes)} write units`, usd: writes * UNITS[capacity].write },
    { what: `${millions(reads)} read units`, usd: reads * UNITS[capacity].read },
    {
      what: `logs, ${logSample} of the lines`,
      usd:
        logUsd(measured.taken.record, recording.invocations, logSample) +
        logUsd(measured.taken.settle, settling.invocations, logSample),
    },
  ];
};

/** Each event written once, one result billed, one settle a job; nothing read, waited for or logged. */
export const floorUsd = (together: number, { isBehindApi, capacity }: Choices): number => {
  const [events, settles] = [6 / together, 1 / together];
  const usd =
    7 * UNITS[capacity].write +
    (events + settles) * PRICES.invocation +
    (isBehindApi ? events * PRICES.apiRequest : 0);
  return usd * MILLION;
};

export const sumOf = (costs: readonly Cost[]): number => costs.reduce((sum, { usd }) => sum + usd, 0);
