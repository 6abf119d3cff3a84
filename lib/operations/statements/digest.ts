import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { billedRecordView } from '../public-shapes.ts';

const isWithLabels = ({ billed, replaces }: BilledChargeRecord): boolean =>
  (billed?.labels ?? replaces?.labels) !== undefined;

/**
 * The public shape of a billed charge in canonical form (RFC 8785). Views have it already, except
 * for label keys that look like integers, which JavaScript orders by number.
 */
export const canonicalRecord = (record: BilledChargeRecord): string => {
  const view = billedRecordView(record);
  return isWithLabels(record)
    ? (canonicalize(view) ?? assert.fail('an object is JSON'))
    : JSON.stringify(view);
};

/** Billed charges in canonical form, as they are hashed. */
const linesOf = (canonical: readonly string[]): string => canonical.map((line) => `${line}\n`).join('');

/**
 * The digest of a statement: SHA-256 over the public shape of its billed charges in canonical form
 * (RFC 8785), one a line, in the order they are read. It can be computed without jobmeter's code.
 */
export const createDigest = () => {
  const hash = createHash('sha256');
  return {
    /** Billed charges in canonical form. */
    add(canonical: readonly string[]) {
      hash.update(linesOf(canonical));
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
