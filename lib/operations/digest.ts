import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * The digest of a statement's positions: SHA-256 over each, as the public interface shows it, in canonical form (RFC 8785), one a line,
 * in the order in which they are read. So anyone can compute it from the positions, with no code of ours.
 */
export const createDigest = () => {
  const hash = createHash('sha256');
  return {
    add(position: object) {
      hash.update(`${canonicalize(position)}\n`);
    },
    result: (): string => `sha256:${hash.copy().digest('hex')}`,
  };
};
