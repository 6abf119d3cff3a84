import { createHash } from 'node:crypto';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { billedRecordView } from '../public-shapes.ts';

/** The public shape of a billed charge in canonical form (RFC 8785), which views are in already. */
export const canonicalRecord = (record: BilledChargeRecord): string =>
  JSON.stringify(billedRecordView(record));

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
