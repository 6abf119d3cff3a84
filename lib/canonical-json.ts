import assert from 'node:assert/strict';
import canonicalize from 'canonicalize';

/** JSON with its members in the order of their names (RFC 8785), as a digest is over it. */
export const canonicalJson = (value: object): string =>
  canonicalize(value) ?? assert.fail('an object is JSON');
