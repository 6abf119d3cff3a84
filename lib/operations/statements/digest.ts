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

/**
 * The digest of a statement: SHA-256 over the public shape of its billed charges in canonical form
 * (RFC 8785), one a line, in the order they are read. It can be computed without jobmeter's code.
 */
export const createDigest = () => {
  const hash = createHash('sha256');
  return {
    /** Billed charges in canonical form. */
    add(canonical: readonly string[]) {
      hash.update(canonical.map((line) => `${line}\n`).join(''));
    },
    result: (): string => `sha256:${hash.copy().digest('hex')}`,
  };
};
