import { Unreadable } from './reported-event.ts';

type Json = Readonly<Record<string, unknown>>;

/** An object of a record. */
export interface Listed {
  readonly kind: string;
  readonly value: unknown;
  /** Where it is in the record, in words. */
  readonly name: string;
  /** A watch reported that it is gone. */
  readonly isDeleted: boolean;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The kinds that are read, and the groups of their API. */
const GROUPS: Readonly<Record<string, RegExp>> = {
  Pod: /^v1$/,
  Node: /^v1$/,
  Job: /^batch\//,
  Workload: /^kueue\.x-k8s\.io\//,
};

const listed = (value: unknown, listKind: string, place: string, isDeleted = false): Listed => {
  if (!isObject(value)) throw new Unreadable(`${place || 'the record'} is not an object`);
  const kind = textOf(value.kind) || listKind;
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const path = [metadata.namespace, metadata.name].map(textOf).filter((part) => part !== '');
  const name = path.length > 0 ? `${kind} ${path.join('/')}` : place;
  const group = Object.hasOwn(GROUPS, kind) ? GROUPS[kind] : undefined;
  const version = textOf(value.apiVersion);
  if (!group || (version !== '' && !group.test(version)))
    throw new Unreadable(`${name || 'the record'}: ${kind || 'no kind'} ${version} is not read`);
  return { kind, value, name, isDeleted };
};

/** Objects, or the reason why one is not read. */
type Unwrapped = readonly (() => Listed)[];

/** An event of a watch. A bookmark has no object of interest. */
const watched = ({ type, object }: Json): Unwrapped => {
  if (type === 'BOOKMARK') return [];
  return [
    () => {
      if (type === 'ERROR')
        throw new Unreadable(
          `the watch ended: ${isObject(object) ? textOf(object.message) : ''}: list the objects again`,
        );
      if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')
        throw new Unreadable(`the type ${JSON.stringify(type)} of a watch is unknown`);
      return listed(object, '', 'object', type === 'DELETED');
    },
  ];
};

const unwrapOne = (record: unknown, place: string): Unwrapped => {
  if (!isObject(record)) return [() => listed(record, '', place)];
  if ('type' in record && 'object' in record) return watched(record);
  const kind = textOf(record.kind);
  const { items } = record;
  if (!kind.endsWith('List') || !Array.isArray(items)) return [() => listed(record, '', place)];
  // The items of a PodList, as the API answers it, have no kind of their own.
  const itemKind = kind.slice(0, -'List'.length);
  return items.map((item, index) => () => listed(item, itemKind, `items[${index}]`));
};

/** The objects of a record: one object, a list of them, or an event of a watch. */
export const objectsOf = (record: unknown): Unwrapped =>
  Array.isArray(record)
    ? record.flatMap((each, index) => unwrapOne(each, `[${index}]`))
    : unwrapOne(record, '');
