import { Unreadable } from './reported-event.ts';

type Json = Readonly<Record<string, unknown>>;

/** An object of a record. */
export interface Listed {
  readonly kind: string;
  readonly value: unknown;
  /** Tells it from the others of its record; empty where it is the record. */
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

const nameOf = ({ metadata }: Json, kind: string, place: string): string => {
  const { namespace, name } = isObject(metadata) ? metadata : {};
  const path = [namespace, name].map(textOf).filter((part) => part !== '');
  return place === '' || path.length === 0 ? place : `${kind} ${path.join('/')}`;
};

const listed = (value: unknown, listKind: string, place: string, isDeleted = false): Listed => {
  const what = place || 'the record';
  if (!isObject(value)) throw new Unreadable(`${what} is not an object`);
  const kind = textOf(value.kind) || listKind;
  if (kind === '') throw new Unreadable(`${what} has no kind: list objects with kubectl get … -o json`);
  const group = Object.hasOwn(GROUPS, kind) ? GROUPS[kind] : undefined;
  const version = textOf(value.apiVersion);
  if (!group || (version !== '' && !group.test(version)))
    throw new Unreadable(`${kind}${version && ` of ${version}`} is not read`);
  return { kind, value, name: nameOf(value, kind, place), isDeleted };
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
      return listed(object, '', '', type === 'DELETED');
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
