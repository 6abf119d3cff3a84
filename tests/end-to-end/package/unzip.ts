import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
/** Bytes of a local header before its name. */
const LOCAL_HEADER = 30;
const DEFLATED = 8;

/**
 * The files of a zip archive, by name (APPNOTE.TXT 4.3), without support for archives beyond 4 GB.
 */
export const unzip = (zip: Buffer): ReadonlyMap<string, Buffer> => {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  assert.equal(zip.readUInt32LE(end), DIRECTORY_END, 'a zip archive has a directory');
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(zip.readUInt32LE(at), DIRECTORY_ENTRY, 'an entry follows the one before');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((of) => zip.readUInt16LE(at + of)) as [
      number,
      number,
      number,
    ];
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    const start = local + LOCAL_HEADER + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    files.set(name, zip.readUInt16LE(at + 10) === DEFLATED ? inflateRawSync(packed) : packed);
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return files;
};
