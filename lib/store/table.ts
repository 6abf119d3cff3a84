/** What an item's attributes hold. Bigints survive the round trip whole; numbers are safe integers. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | readonly Value[]
  | { readonly [name: string]: Value };

/** One item of the table, addressed by its partition key and sort key. */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly [name: string]: Value;
}

export type Key = Pick<Item, 'pk' | 'sk'>;

/** When a write may happen. A condition that does not hold leaves the table as it was. */
export type Condition =
  | { readonly kind: 'absent' }
  /** Absent, or none of its attributes named here is greater than given. */
  | { readonly kind: 'not newer'; readonly than: Readonly<Record<string, number>> }
  /** The attribute has this value; where none is given, the item has no such attribute. */
  | { readonly kind: 'unchanged'; readonly attribute: string; readonly value: Value | undefined };

export interface Put {
  readonly item: Item;
  readonly condition?: Condition;
}

/** What became of a conditional write. `existing` is the item that stood in the way, absent if there was none. */
export type WriteOutcome =
  | { readonly written: true }
  | { readonly written: false; readonly existing: Item | undefined };

export interface QueryOptions {
  /** Sort keys that begin so. */
  readonly prefix?: string;
  /** Only sort keys that come after this one, which begins with the prefix too. */
  readonly after?: string;
  readonly limit?: number;
  /** From the last sort key to the first. */
  readonly backwards?: true;
}

/** Which part of the table a scan reads: items of one partition are all in the same segment. */
export interface ScanOptions {
  /** One of so many parts that together are the whole table, to be scanned side by side. */
  readonly segment?: { readonly index: number; readonly of: number };
  /** Goes on after this item, which the same segment's scan gave. */
  readonly after?: Key;
  /** What is read of an item beside its keys. */
  readonly attributes?: readonly string[];
}

/**
 * The few things jobmeter asks of a table. Reads are consistent and items of a partition come in the byte order of their
 * sort keys. DynamoDB and the in-memory peer pass one contract suite.
 */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** Every item asked for, page by page: what is on one page was read at one instant. */
  query(pk: string, options?: QueryOptions): AsyncIterable<readonly Item[]>;
  /** All items, partition by partition, of each its keys and the attributes named; for maintenance, never on a hot path. */
  scan(options: ScanOptions): AsyncIterable<Item>;
  put(put: Put): Promise<WriteOutcome>;
  /** All of them or none. */
  putTogether(puts: readonly Put[]): Promise<{ readonly written: boolean }>;
  /** Unconditional writes of distinct items; after a failure any part of them may be written. */
  putEach(items: readonly Item[]): Promise<void>;
  delete(key: Key, condition: Condition): Promise<{ readonly deleted: boolean }>;
}

/** How far a walk through one segment of the table has come: all partitions up to `after` were visited. */
export interface SegmentProgress {
  readonly done: boolean;
  readonly after?: Key;
}
