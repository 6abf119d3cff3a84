import type { Key, Table } from './table.ts';

/** An item has at most 400 KB with its keys. */
const PART_BYTES = 350_000;

const partKey = ({ pk, sk }: Key, part: number): Key => ({
  pk,
  sk: `${sk}#${String(part).padStart(4, '0')}`,
});

/**
 * Content of any size beside an item that says how many parts it has. They are written before that
 * item, under a key that no other content ever has: what is left of a crash between is never read.
 */
export const createParts = (table: Table) => ({
  /** Gives the number of parts. */
  async writeParts(key: Key, bytes: Uint8Array): Promise<number> {
    const count = Math.ceil(bytes.length / PART_BYTES);
    for (let part = 0; part < count; part += 1) {
      const content = bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
      await table.put({ item: { ...partKey(key, part), content } });
    }
    return count;
  },

  async readParts(key: Key, count: number): Promise<Uint8Array> {
    const items = await Promise.all(
      Array.from({ length: count }, (_, part) => table.get(partKey(key, part))),
    );
    return Buffer.concat(
      items.map((item, part) => {
        if (item?.content instanceof Uint8Array) return item.content;
        throw new Error(`part ${part} of ${key.pk} ${key.sk} is not in the table: it is damaged`);
      }),
    );
  },
});
