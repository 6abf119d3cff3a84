import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sha256 } from '../../../lib/store/sha256.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const secret = fc.oneof(fc.string({ unit: 'binary' }), bytes);

const digestOf = async (sha256: Sha256, parts: readonly Uint8Array[]) => {
  for (const part of parts) sha256.update(part);
  return Buffer.from(await sha256.digest()).toString('hex');
};

test('without a secret it is SHA-256, again after a reset', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 3 }), async (parts) => {
      const expected = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
      const sha256 = new Sha256();
      expect(await digestOf(sha256, parts)).toBe(expected);
      sha256.reset();
      expect(await digestOf(sha256, parts)).toBe(expected);
    }),
  );
});

test('with a secret, as text or bytes, it is its HMAC, again after a reset', async () => {
  await fc.assert(
    fc.asyncProperty(secret, fc.array(bytes, { maxLength: 3 }), async (key, parts) => {
      const expected = createHmac('sha256', key).update(Buffer.concat(parts)).digest('hex');
      const sha256 = new Sha256(key);
      expect(await digestOf(sha256, parts)).toBe(expected);
      sha256.reset();
      expect(await digestOf(sha256, parts)).toBe(expected);
    }),
  );
});

test('a secret may be a part of a buffer, or a whole one', async () => {
  const buffer = Uint8Array.from({ length: 256 }, (_, i) => i);
  const message = Buffer.from('message');
  const hmacOf = (key: Uint8Array) => createHmac('sha256', key).update(message).digest('hex');
  expect(await digestOf(new Sha256(buffer.subarray(100, 132)), [message])).toBe(
    hmacOf(buffer.slice(100, 132)),
  );
  expect(await digestOf(new Sha256(buffer.buffer), [message])).toBe(hmacOf(buffer));
});
