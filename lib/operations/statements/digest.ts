import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { BilledCharge } from '../../billing/billed-charge.ts';
import { compareText } from '../../billing/compare-text.ts';
import { type Evidence, isSameEvent, type Labels } from '../../billing/facts.ts';
import { amountTimes60, fromMilli } from '../../billing/money.ts';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { isoTime } from '../iso-time.ts';

// Written as text, member by member in the order of their names: a close writes millions of them,
// and an object for each costs several times as much.

/** Printable ASCII that JSON does not escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text within the quotes of JSON. */
const json = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1));

const evidence = ({ id, source, time }: Evidence): string =>
  `{"id":"${json(id)}","source":"${json(source)}","time":"${isoTime(time)}"}`;

const end = (endedBy: BilledCharge['endedBy']): string => {
  assert(endedBy.cause !== 'now', 'an open charge is not billed');
  return endedBy.cause === 'fact'
    ? `{"cause":"fact","fact":${evidence(endedBy.fact)}}`
    : `{"cause":"${endedBy.cause}"}`;
};

const labelsText = (labels: Labels): string => {
  const members = Object.keys(labels)
    .sort(compareText)
    .map((key) => `"${json(key)}":"${json(labels[key] ?? '')}"`);
  return `{${members.join(',')}}`;
};

/** `replaces` is the member of that name, with its comma. */
const billedText = (billed: BilledCharge, replaces: string): string => {
  const { minutes, openedBy, flavor, held, labels, pricePerHour, statedBy, tariff, unit, milliUnits } =
    billed;
  let text = `{"amountTimes60":"${amountTimes60(billed.amount)}","end":"${isoTime(billed.end)}"`;
  text += `,"endedBy":${end(billed.endedBy)}`;
  if (flavor !== undefined) text += `,"flavor":"${json(flavor)}"`;
  if (held) text += `,"held":{"cause":"${held.cause}","from":"${isoTime(held.from)}"}`;
  text += `,"jobId":"${json(billed.jobId)}"`;
  if (labels) text += `,"labels":${labelsText(labels)}`;
  const opened = evidence(openedBy);
  text += `,"minutes":${minutes},"openedBy":${opened}`;
  if (pricePerHour !== undefined) text += `,"pricePerHour":"${json(pricePerHour)}"`;
  text += `${replaces},"start":"${isoTime(billed.start)}"`;
  if (statedBy)
    text += `,"statedBy":${statedBy.time === openedBy.time && isSameEvent(statedBy, openedBy) ? opened : evidence(statedBy)}`;
  if (tariff !== undefined) text += `,"tariff":"${json(tariff)}"`;
  if (unit !== undefined) text += `,"unit":"${unit}"`;
  if (milliUnits !== undefined)
    text += `,"unitMinutes":${fromMilli(minutes * milliUnits)},"units":${fromMilli(milliUnits)}`;
  return `${text},"usageMonth":"${json(billed.usageMonth)}"}`;
};

/** The public shape of a billed charge in canonical form (RFC 8785). */
export const canonicalRecord = ({
  jobId,
  usageMonth,
  start,
  billed,
  replaces,
}: BilledChargeRecord): string => {
  const replaced = replaces ? `,"replaces":${billedText(replaces, '')}` : '';
  if (billed) return billedText(billed, replaced);
  const before = `{"amountTimes60":"0","jobId":"${json(jobId)}","minutes":0${replaced}`;
  return `${before},"start":"${isoTime(start)}","usageMonth":"${json(usageMonth)}"}`;
};

/** Billed charges in canonical form, as they are hashed. */
const linesOf = (canonical: readonly string[]): string => {
  let lines = '';
  for (const line of canonical) lines += `${line}\n`;
  return lines;
};

/**
 * The digest of a statement: SHA-256 over the public shape of its billed charges in canonical form
 * (RFC 8785), one a line, in the order they are read. It can be computed without jobmeter's code.
 */
export const createDigest = () => {
  const hash = createHash('sha256');
  return {
    /** Billed charges in canonical form. */
    add(canonical: readonly string[]) {
      if (canonical.length > 0) hash.update(linesOf(canonical));
    },
    result: (): string => `sha256:${hash.copy().digest('hex')}`,
  };
};

type Sha256 = Awaited<ReturnType<typeof import('hash-wasm')['createSHA256']>>;

let shared: Promise<Sha256> | undefined;

/** One for all digests of the process: each keeps its own state. Most processes need none. */
const loadSha256 = (): Promise<Sha256> => {
  shared ??= import('hash-wasm/dist/sha256.umd.min.js').then(({ default: { createSHA256 } }) =>
    createSHA256(),
  );
  return shared;
};

/** Whether it is a state of this version of the library. */
const isLoaded = (hash: Sha256, state: Uint8Array | undefined): state is Uint8Array => {
  try {
    return state !== undefined && hash.load(state) === hash;
  } catch {
    return false;
  }
};

/**
 * The same digest from a saved state on, or from the beginning where there is none, or one of
 * another version of the library. It can be saved, and takes nine times the processor time.
 */
export const resumeDigest = async (saved?: Uint8Array) => {
  const hash = await loadSha256();
  const isResumed = isLoaded(hash, saved);
  let state = isResumed ? saved : hash.init().save();
  return {
    isResumed,
    digest: {
      add(canonical: readonly string[]) {
        state = hash.load(state).update(linesOf(canonical)).save();
      },
      save: (): Uint8Array => state,
      result: (): string => `sha256:${hash.load(state).digest('hex')}`,
    },
  };
};
