import { createHash } from 'node:crypto';
import type { BilledChargeRecord } from '../../store/billed-charges.ts';
import { billedRecordView } from '../public-shapes.ts';

/** A billed charge as the public interface shows it, in canonical form (RFC 8785): views have their members in that order. */
export const canonicalRecord = (record: BilledChargeRecord): string =>
  JSON.stringify(billedRecordView(record));

/**
 * The digest of a statement's positions: SHA-256 over each, as the public interface shows it, in canonical form (RFC 8785), one a line,
 * in the order in which they are read. So anyone can compute it from the positions, with no code of ours.
 */
export const createDigest = () => {
  const hash = createHash('sha256');
  return {
    /** Positions in canonical form. */
    add(canonical: readonly string[]) {
      hash.update(canonical.map((line) => `${line}\n`).join(''));
    },
    result: (): string => `sha256:${hash.copy().digest('hex')}`,
  };
};
