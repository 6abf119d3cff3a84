/** The value of an attribute. Bigints are exact; numbers are safe integers. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** One item of the table, addressed by its partition key and sort key. */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly [name: string]: Value;
}

export type Key = Pick<Item, 'pk' | 'sk'>;

/** The condition of a write. If it does not hold, nothing is written. */
export type Condition =
  | { readonly kind: 'absent' }
  /** The item is absent, or none of the attributes given here is greater in it. */
  | { readonly kind: 'not newer'; readonly than: Readonly<Record<string, number>> }
  /** The attributes given here have these values; of those without a value the item has none. */
  | { readonly kind: 'unchanged'; readonly from: Readonly<Record<string, Value | undefined>> };

export interface Put {
  readonly item: Item;
  readonly condition?: Condition;
}

/** The outcome of a conditional write. `existing` is the item that failed the condition, if any. */
export type WriteOutcome =
  | { readonly written: true }
  | { readonly written: false; readonly existing: Item | undefined };

export interface QueryOptions {
  /** Only sort keys with this prefix. */
  readonly prefix?: string;
  /** Only sort keys after this one, which has the prefix too. */
  readonly after?: string;
  readonly limit?: number;
  /** From the last sort key to the first. */
  readonly backwards?: true;
  /** The most items of a page, where far fewer than usual fit into 1 MB. */
  readonly pageItems?: number;
}

/** The part of the table that a scan reads. A partition is in one segment only. */
export interface ScanOptions {
  /** One of `of` parts of the table, which can be scanned in parallel. */
  readonly segment?: { readonly index: number; readonly of: number };
  /** Resumes after this item of the same segment. */
  readonly after?: Key;
  /** The attributes to read beside the keys. */
  readonly attributes?: readonly string[];
}

/**
 * The operations jobmeter needs of a table. Reads are consistent, and items of a partition come in
 * the byte order of their sort keys. DynamoDB and the in-memory peer pass one contract suite.
 */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** The items of a partition, page by page. Each page is read at one instant. */
  query(pk: string, options?: QueryOptions): AsyncIterable<readonly Item[]>;
  /** All items, partition by partition, with the attributes given. Never on a hot path. */
  scan(options: ScanOptions): AsyncIterable<Item>;
  put(put: Put): Promise<WriteOutcome>;
  /** All of them or none. */
  putTogether(puts: readonly Put[]): Promise<{ readonly written: boolean }>;
  /** Unconditional writes of distinct items; after a failure any of them may be written. */
  putEach(items: readonly Item[]): Promise<void>;
  delete(key: Key, condition: Condition): Promise<{ readonly deleted: boolean }>;
}

/** Progress of a walk through one segment: all partitions up to `after` were visited. */
export interface SegmentProgress {
  readonly done: boolean;
  readonly after?: Key;
}
