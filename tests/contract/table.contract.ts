import { beforeAll, describe, expect, test } from 'vitest';
import type { Item, Key, QueryOptions, ScanOptions, Table, Value } from '../../lib/store/table.ts';
import { allOf } from '../../simulation/items-on.ts';

/** Bigger than the 1 MB of one DynamoDB page when there are 40 of them. */
const BULK = 'x'.repeat(40_000);
const BULKY_ITEMS = 40;

const bySortKey = (a: Key, b: Key) => (a.sk < b.sk ? -1 : 1);

/**
 * What every table must do, in memory or not. `createTable` gives an empty table, or one that only
 * earlier calls of this suite wrote to: each test uses partitions of its own.
 */
export const tableContract = (name: string, createTable: () => Promise<Table>): void => {
  describe(`the table contract: ${name}`, () => {
    let table: Table;
    beforeAll(async () => {
      table = await createTable();
    });

    const sortKeys = async (pk: string, options?: QueryOptions) =>
      (await allOf(table.query(pk, options))).map(({ sk }) => sk);

    const putAll = (pk: string, keys: readonly string[]) => table.putEach(keys.map((sk) => ({ pk, sk })));

    describe('one item', () => {
      test('that was never put is not there', async () => {
        expect(await table.get({ pk: 'nowhere', sk: 'a' })).toBeUndefined();
        expect(await sortKeys('nowhere')).toEqual([]);
      });

      test('is given back as it was put', async () => {
        const item: Item = {
          pk: 'values',
          sk: 'all kinds',
          text: 'a line',
          emptyText: '',
          unicode: 'naïve 東京 🚂 \u{10ffff}',
          controls: 'tab\tline\nnul\u0000',
          zero: 0,
          negative: -5,
          fraction: 0.1,
          largest: Number.MAX_SAFE_INTEGER,
          yes: true,
          no: false,
          bytes: Uint8Array.of(0, 255, 10),
          emptyList: [],
          emptyMap: {},
          list: ['a', 1, { nested: [] }],
          map: { deeper: { still: ['x', { y: '' }] } },
        };
        await table.put({ item });
        expect(await table.get(item)).toEqual(item);
        expect(await allOf(table.query('values'))).toEqual([item]);
      });

      test.each([
        0n,
        1n,
        -1n,
        2n ** 53n - 1n,
        2n ** 53n,
        2n ** 53n + 1n,
        12_345_678_901_234_567_890_123_456_789n,
      ])('holds the bigint %s whole, also deep inside', async (amount) => {
        const key = { pk: 'bigints', sk: `${amount}` };
        await table.put({ item: { ...key, amount, position: { amount } } });
        const item = await table.get(key);
        const position = item?.position as { amount: bigint | number };
        expect(BigInt(item?.amount as bigint | number)).toBe(amount);
        expect(BigInt(position.amount)).toBe(amount);
      });

      test('is replaced whole by a put without condition', async () => {
        const key = { pk: 'replaced', sk: 'a' };
        expect(await table.put({ item: { ...key, first: 1 } })).toEqual({ written: true });
        expect(await table.put({ item: { ...key, second: 2 } })).toEqual({ written: true });
        expect(await table.get(key)).toEqual({ ...key, second: 2 });
      });

      test('does not change when the object it was put from, or that was read, changes', async () => {
        const key = { pk: 'copies', sk: 'a' };
        const list = ['a'];
        await table.put({ item: { ...key, list } });
        list.push('b');
        // What is read may be frozen, so that this has no effect, or a copy.
        Reflect.set((await table.get(key)) ?? {}, 'list', ['c']);
        expect(await table.get(key)).toEqual({ ...key, list: ['a'] });
      });

      test('is found by partition key and sort key together', async () => {
        await table.putEach([
          { pk: 'two-a', sk: 'b', is: 1 },
          { pk: 'two-b', sk: 'a', is: 2 },
        ]);
        expect(await table.get({ pk: 'two-a', sk: 'a' })).toBeUndefined();
        expect(await table.get({ pk: 'two-b', sk: 'a' })).toMatchObject({ is: 2 });
      });

      test('may have a sort key of 1,024 bytes', async () => {
        const key = { pk: 'long', sk: 's'.repeat(1024) };
        await table.put({ item: key });
        expect(await table.get(key)).toEqual(key);
      });
    });

    test('an item has at most 400 KB, however it is put', async () => {
      const item = (sk: string, bytes: number): Item => ({ pk: 'sizes', sk, text: 'x'.repeat(bytes) });
      const puts: readonly ((item: Item) => Promise<unknown>)[] = [
        (item) => table.put({ item }),
        (item) => table.putEach([item]),
        (item) => table.putTogether([{ item }]),
      ];
      const together = [{ item: item('with another', 1) }, { item: item('does not', 400 * 1024) }];
      await expect(table.putTogether(together)).rejects.toThrow();
      for (const [index, put] of puts.entries()) {
        await put(item(`fits ${index}`, 400 * 1024 - 100));
        await expect(put(item(`does not ${index}`, 400 * 1024))).rejects.toThrow();
      }
      expect(await sortKeys('sizes')).toEqual(['fits 0', 'fits 1', 'fits 2']);
    });

    describe('a put on condition', () => {
      test('that the item is absent: the first is written, the next gets the stored item', async () => {
        const key = { pk: 'absent', sk: 'a' };
        const condition = { kind: 'absent' } as const;
        expect(await table.put({ item: { ...key, by: 'first' }, condition })).toEqual({ written: true });
        expect(await table.put({ item: { ...key, by: 'second' }, condition })).toEqual({
          written: false,
          existing: { ...key, by: 'first' },
        });
        expect(await table.get(key)).toEqual({ ...key, by: 'first' });
      });

      test('that it is absent: of many at once exactly one is written', async () => {
        const key = { pk: 'race', sk: 'a' };
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, by) =>
            table.put({ item: { ...key, by }, condition: { kind: 'absent' } }),
          ),
        );
        const winner = outcomes.findIndex(({ written }) => written);
        expect(outcomes.filter(({ written }) => written)).toHaveLength(1);
        expect(await table.get(key)).toEqual({ ...key, by: winner });
      });

      test.each([
        { case: 'both equal', than: { facts: 3, tariffs: 2 }, written: true },
        { case: 'both greater', than: { facts: 4, tariffs: 3 }, written: true },
        { case: 'one greater, one equal', than: { facts: 3, tariffs: 9 }, written: true },
        { case: 'the first smaller', than: { facts: 2, tariffs: 9 }, written: false },
        { case: 'the second smaller', than: { facts: 10, tariffs: 1 }, written: false },
      ])('that it is not newer: $case, written is $written', async ({ case: sk, than, written }) => {
        const existing = { pk: 'not newer', sk, facts: 3, tariffs: 2 };
        await table.put({ item: existing });
        const item = { pk: 'not newer', sk, ...than };
        const outcome = await table.put({ item, condition: { kind: 'not newer', than } });
        expect(outcome).toEqual(written ? { written } : { written, existing });
        expect(await table.get(item)).toEqual(written ? item : existing);
      });

      test('that it is not newer compares numbers, not their digits', async () => {
        const key = { pk: 'not newer', sk: 'digits' };
        await table.put({ item: { ...key, facts: 9 } });
        const condition = { kind: 'not newer', than: { facts: 10 } } as const;
        expect(await table.put({ item: { ...key, facts: 10 }, condition })).toEqual({ written: true });
      });

      test('that it is not newer: an item that is absent may be written, one without the number may not', async () => {
        const condition = { kind: 'not newer', than: { facts: 1 } } as const;
        const absent = { pk: 'not newer', sk: 'absent', facts: 1 };
        expect(await table.put({ item: absent, condition })).toEqual({ written: true });
        const plain = { pk: 'not newer', sk: 'plain' };
        await table.put({ item: plain });
        expect(await table.put({ item: { ...plain, facts: 1 }, condition })).toEqual({
          written: false,
          existing: plain,
        });
      });

      test.each([
        { case: 'both equal', to: { facts: 3, tariffs: 2 }, written: true },
        { case: 'one smaller', to: { facts: 2, tariffs: 2 }, written: false },
        { case: 'one greater', to: { facts: 3, tariffs: 3 }, written: false },
      ])('that all are equal: $case, written is $written', async ({ case: sk, to, written }) => {
        const existing = { pk: 'equal', sk, facts: 3, tariffs: 2 };
        const put = {
          item: { pk: 'equal', sk, facts: 9 },
          condition: { kind: 'unchanged', from: to },
        } as const;
        expect(await table.put(put)).toEqual({ written: false, existing: undefined });
        await table.put({ item: existing });
        expect(await table.put(put)).toEqual(written ? { written } : { written, existing });
      });

      test.each([
        { kind: 'a number', value: 7, other: 8 },
        { kind: 'a text', value: 'seven', other: 'Seven' },
        { kind: 'a list', value: ['s', 7], other: ['s', 8] },
      ])('that $kind is unchanged', async ({ kind: sk, value, other }) => {
        const key = { pk: 'unchanged', sk };
        await table.put({ item: { ...key, version: value } });
        const put = (expected: Value) =>
          table.put({
            item: { ...key, version: other },
            condition: { kind: 'unchanged', from: { version: expected } },
          });
        expect(await put(other)).toEqual({ written: false, existing: { ...key, version: value } });
        expect(await put(value)).toEqual({ written: true });
        expect(await table.get(key)).toEqual({ ...key, version: other });
      });

      test('that something is unchanged does not hold where nothing is', async () => {
        const key = { pk: 'unchanged', sk: 'nothing' };
        const condition = { kind: 'unchanged', from: { version: 1 } } as const;
        expect(await table.put({ item: key, condition })).toEqual({ written: false, existing: undefined });
        expect(await table.get(key)).toBeUndefined();
      });

      test('that an attribute is still absent holds until it is there', async () => {
        const key = { pk: 'unchanged', sk: 'without' };
        const condition = { kind: 'unchanged', from: { version: undefined } } as const;
        expect(await table.put({ item: { ...key, version: 1 }, condition })).toEqual({ written: true });
        expect(await table.put({ item: key, condition })).toMatchObject({ written: false });
        expect(await table.get(key)).toEqual({ ...key, version: 1 });
      });

      test('may name an attribute that is a reserved word of the database', async () => {
        const key = { pk: 'reserved', sk: 'a' };
        await table.put({ item: { ...key, status: 'a', size: 1 } });
        expect(
          await table.put({
            item: { ...key, size: 2 },
            condition: { kind: 'unchanged', from: { status: 'a' } },
          }),
        ).toEqual({ written: true });
        expect(
          await table.put({ item: { ...key, size: 1 }, condition: { kind: 'not newer', than: { size: 1 } } }),
        ).toMatchObject({ written: false });
      });
    });

    describe('a query', () => {
      test('gives the items of its partition in the byte order of their sort keys', async () => {
        const inOrder = [
          '',
          '#',
          '-',
          '10',
          '2',
          'A',
          'Z',
          'a',
          'ab',
          'b',
          '~',
          'é',
          '東',
          '\u{ff5e}',
          '🚂',
        ].slice(1);
        await putAll('order', inOrder.toReversed());
        await putAll('order-2', ['0']);
        expect(await sortKeys('order')).toEqual(inOrder);
      });

      test('by prefix keeps job-1 and job-10 apart', async () => {
        await putAll('prefix', [
          'CHARGE#job-1#a',
          'CHARGE#job-1#b',
          'CHARGE#job-10#a',
          'CHARGE#job#a',
          'BILLED#job-1#a',
        ]);
        expect(await sortKeys('prefix', { prefix: 'CHARGE#job-1#' })).toEqual([
          'CHARGE#job-1#a',
          'CHARGE#job-1#b',
        ]);
        expect(await sortKeys('prefix', { prefix: 'CHARGE#job-10#' })).toEqual(['CHARGE#job-10#a']);
        expect(await sortKeys('prefix', { prefix: 'CHARGE#' })).toHaveLength(4);
        expect(await sortKeys('prefix', { prefix: 'charge#' })).toEqual([]);
      });

      test('after a sort key begins with the next one, whether the key exists or not', async () => {
        await putAll('after', ['a', 'b', 'c', 'd']);
        expect(await sortKeys('after', { after: 'b' })).toEqual(['c', 'd']);
        expect(await sortKeys('after', { after: 'bb' })).toEqual(['c', 'd']);
        expect(await sortKeys('after', { after: 'd' })).toEqual([]);
        expect(await sortKeys('after', { after: ' ' })).toEqual(['a', 'b', 'c', 'd']);
      });

      test('takes prefix and after together', async () => {
        await putAll('both', ['M#1', 'M#2', 'N#1', 'N#2', 'N#3', 'O#1']);
        expect(await sortKeys('both', { prefix: 'N#', after: 'N#1' })).toEqual(['N#2', 'N#3']);
        expect(await sortKeys('both', { prefix: 'N#', after: 'N#~' })).toEqual([]);
      });

      test('gives no more than its limit', async () => {
        await putAll('limit', ['a', 'b', 'c']);
        expect(await sortKeys('limit', { limit: 2 })).toEqual(['a', 'b']);
        expect(await sortKeys('limit', { limit: 3 })).toEqual(['a', 'b', 'c']);
        expect(await sortKeys('limit', { limit: 9 })).toEqual(['a', 'b', 'c']);
        expect(await sortKeys('limit', { after: 'a', limit: 1 })).toEqual(['b']);
      });

      test('goes backwards, after a key that is then the next lower one', async () => {
        await putAll('back', ['M#1', 'N#1', 'N#2', 'N#3']);
        expect(await sortKeys('back', { backwards: true })).toEqual(['N#3', 'N#2', 'N#1', 'M#1']);
        expect(await sortKeys('back', { backwards: true, prefix: 'N#' })).toEqual(['N#3', 'N#2', 'N#1']);
        expect(await sortKeys('back', { backwards: true, after: 'N#2' })).toEqual(['N#1', 'M#1']);
        expect(await sortKeys('back', { backwards: true, prefix: 'N#', after: 'N#3', limit: 1 })).toEqual([
          'N#2',
        ]);
      });

      test('sees a write as soon as it is acknowledged', async () => {
        for (let i = 0; i < 20; i += 1) {
          await table.put({ item: { pk: 'consistent', sk: `${100 + i}` } });
          expect(await sortKeys('consistent')).toHaveLength(i + 1);
        }
      });
    });

    describe('more than fits a page of 1 MB', () => {
      const bulky = Array.from(
        { length: BULKY_ITEMS },
        (_, i): Item => ({ pk: 'bulky', sk: `BULKY#${100 + i}`, text: BULK }),
      );
      beforeAll(() => table.putEach(bulky));

      test('is queried whole and in order', async () => {
        expect(await allOf(table.query('bulky'))).toEqual(bulky);
      });

      test('is queried from the middle on, and up to a limit beyond a page', async () => {
        const keys = bulky.map(({ sk }) => sk);
        expect(await sortKeys('bulky', { prefix: 'BULKY#', after: 'BULKY#104' })).toEqual(keys.slice(5));
        expect(await sortKeys('bulky', { limit: 35 })).toEqual(keys.slice(0, 35));
        expect(await sortKeys('bulky', { backwards: true })).toEqual(keys.toReversed());
      });

      test('need not be read to the end', async () => {
        for await (const [first] of table.query('bulky')) {
          expect(first?.sk).toBe('BULKY#100');
          break;
        }
      });

      test('is scanned whole', async () => {
        const found = (await Array.fromAsync(table.scan({}))).filter(({ pk }) => pk === 'bulky');
        expect(found.sort(bySortKey)).toEqual(bulky.map(({ pk, sk }) => ({ pk, sk })));
      });
    });

    describe('keys in segments', () => {
      const SEGMENTS = 3;
      const keyOf = ({ pk, sk }: Key) => `${pk} ${sk}`;
      const keysOf = (options: ScanOptions) => Array.fromAsync(table.scan(options));
      const bySegment = () =>
        Promise.all(
          Array.from({ length: SEGMENTS }, (_, index) => keysOf({ segment: { index, of: SEGMENTS } })),
        );

      const put = Array.from({ length: 60 }, (_, i) => ({
        pk: `segmented-${i % 20}`,
        sk: `${i}`,
        filling: 'x',
      }));
      beforeAll(() => table.putEach(put));

      test('are those of all items, and nothing but keys', async () => {
        const found = await keysOf({});
        const ours = found.map(keyOf).filter((key) => key.startsWith('segmented-'));
        expect(ours.sort()).toEqual(put.map(keyOf).sort());
        expect(found.every((key) => Object.keys(key).length === 2)).toBe(true);
      });

      test('come with the requested attributes, where an item has them', async () => {
        const [item] = [
          { pk: 'segmented-attributes', sk: 'a', status: 'RUNNING', time: 5, size: { name: 'x' } },
        ];
        await table.putEach([item, { pk: 'segmented-attributes', sk: 'b', time: 6, filling: 'x' }]);
        const found = await Array.fromAsync(table.scan({ attributes: ['time', 'status', 'size'] }));
        expect(found.filter(({ pk }) => pk === 'segmented-attributes').sort(bySortKey)).toEqual([
          item,
          { pk: 'segmented-attributes', sk: 'b', time: 6 },
        ]);
      });

      test('are together those of the whole table, each once', async () => {
        const whole = (await keysOf({})).map(keyOf).sort();
        expect((await bySegment()).flat().map(keyOf).sort()).toEqual(whole);
        expect(new Set(whole).size).toBe(whole.length);
      });

      test('have a partition in one segment and in one piece', async () => {
        for (const found of await bySegment()) {
          const runs = found.map(({ pk }) => pk).filter((pk, i, all) => pk !== all[i - 1]);
          expect(new Set(runs).size).toBe(runs.length);
        }
        const homes = (await bySegment()).map((found) => new Set(found.map(({ pk }) => pk)));
        expect(homes.reduce((sum, { size }) => sum + size, 0)).toBe(
          new Set(homes.flatMap((home) => [...home])).size,
        );
      });

      test('are resumed after any of them', async () => {
        for (const [index, found] of (await bySegment()).entries()) {
          const at = Math.floor(found.length / 2);
          const rest = await keysOf({
            segment: { index, of: SEGMENTS },
            ...(found[at] && { after: found[at] }),
          });
          expect(rest).toEqual(found.slice(at + 1));
        }
      });
    });

    describe('put together', () => {
      test('items of several partitions are all written', async () => {
        const items = [
          { pk: 'together-1', sk: 'a', amount: 5 },
          { pk: 'together-2', sk: 'b', amount: 6 },
        ];
        expect(await table.putTogether(items.map((item) => ({ item })))).toEqual({ written: true });
        const first = items[0] as Item;
        await expect(table.putTogether([{ item: first }, { item: first }])).rejects.toThrow();
        expect(await table.get({ pk: 'together-1', sk: 'a' })).toEqual(items[0]);
        expect(await table.get({ pk: 'together-2', sk: 'b' })).toEqual(items[1]);
      });

      test.each([
        ['first', 0],
        ['second', 1],
      ])('none is written if the condition of the %s does not hold', async (which, index) => {
        const pk = `none ${which}`;
        await table.put({ item: { pk, sk: `${index}`, was: 'here' } });
        const puts = [0, 1].map((i) => ({
          item: { pk, sk: `${i}`, is: 'new' },
          condition: { kind: 'absent' } as const,
        }));
        expect(await table.putTogether(puts)).toEqual({ written: false });
        expect(await allOf(table.query(pk))).toEqual([{ pk, sk: `${index}`, was: 'here' }]);
      });

      test('are refused where one item has changed', async () => {
        const head = { pk: 'head', sk: 'HEAD' };
        const commit = (id: string, read: number) =>
          table.putTogether([
            { item: { pk: 'head', sk: id }, condition: { kind: 'absent' } },
            {
              item: { ...head, version: read + 1 },
              condition: { kind: 'unchanged', from: { version: read } },
            },
          ]);
        await table.put({ item: { ...head, version: 1 } });
        expect(await commit('a', 1)).toEqual({ written: true });
        expect(await commit('b', 1)).toEqual({ written: false });
        expect(await table.get({ pk: 'head', sk: 'b' })).toBeUndefined();
        expect(await commit('b', 2)).toEqual({ written: true });
        expect(await table.get(head)).toEqual({ ...head, version: 3 });
      });

      test('of several transactions at once on one item one wins, and the losers leave nothing', async () => {
        for (let round = 0; round < 5; round += 1) {
          const pk = `race ${round}`;
          const commit = async (by: number) => {
            // A table may refuse both of two that meet, so a loser tries again until someone has
            // won.
            for (;;) {
              const { written } = await table.putTogether([
                { item: { pk, sk: 'HEAD', by }, condition: { kind: 'absent' } },
                { item: { pk, sk: `of ${by}` } },
              ]);
              if (written || (await table.get({ pk, sk: 'HEAD' }))) return written;
            }
          };
          const outcomes = await Promise.all([0, 1, 2, 3, 4, 5].map(commit));
          const winner = outcomes.indexOf(true);
          expect(outcomes.filter((written) => written)).toHaveLength(1);
          expect(await sortKeys(pk)).toEqual(['HEAD', `of ${winner}`]);
        }
      });
    });

    describe('put each', () => {
      test('writes 60 items', async () => {
        const items = Array.from({ length: 60 }, (_, i): Item => ({ pk: 'sixty', sk: `${100 + i}`, i }));
        await table.putEach(items);
        expect(await allOf(table.query('sixty'))).toEqual(items);
      });

      test('of nothing is nothing', async () => {
        await expect(table.putEach([])).resolves.toBeUndefined();
      });

      test('replaces what is there', async () => {
        await putAll('each', ['a']);
        await table.putEach([{ pk: 'each', sk: 'a', is: 'new' }]);
        expect(await allOf(table.query('each'))).toEqual([{ pk: 'each', sk: 'a', is: 'new' }]);
      });
    });

    describe('a delete', () => {
      const key = { pk: 'delete', sk: 'a' };
      const unchanged = (value: number) => ({ kind: 'unchanged', from: { at: value } }) as const;

      test('leaves an item that changed', async () => {
        await table.put({ item: { ...key, at: 2 } });
        expect(await table.delete(key, unchanged(1))).toEqual({ deleted: false });
        expect(await table.get(key)).toEqual({ ...key, at: 2 });
      });

      test('takes out an item that did not, and only once', async () => {
        await table.put({ item: { ...key, at: 3 } });
        expect(await table.delete(key, unchanged(3))).toEqual({ deleted: true });
        expect(await table.get(key)).toBeUndefined();
        expect(await table.delete(key, unchanged(3))).toEqual({ deleted: false });
      });
    });
  });
};
