import Assembler from 'stream-json/assembler.js';
import type { Token } from 'stream-json/parser.js';

/** Members of an object that list records: of Kubernetes and OVHcloud, of AWS Batch and CloudWatch. */
const LISTS: ReadonlySet<unknown> = new Set(['items', 'jobs', 'events', 'logEvents']);

export const isList = (value: unknown): boolean =>
  Array.isArray(value) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(([name, member]) => LISTS.has(name) && Array.isArray(member)));

const OPENS: ReadonlySet<string> = new Set(['startObject', 'startArray']);
const CLOSES: ReadonlySet<string> = new Set(['endObject', 'endArray']);

const withListOf =
  (list: unknown, name: string) =>
  (value: unknown): unknown =>
    typeof list === 'object' && list !== null && 'kind' in list ? { ...list, [name]: [value] } : value;

/**
 * Finds the records in the tokens of JSON texts: the elements of an array, those of the list in an
 * object, or a value as it is. Only one record is held at a time.
 */
export const createRecordFinder = () => {
  let assembler = new Assembler();
  let depth = 0;
  /** The depth of the elements of the list that is open: 0 without one. */
  let listDepth = 0;
  /** What follows the list in its object is no record. */
  let isAfterList = false;
  let key: unknown;
  /** Gives a record its list: items of a `PodList` of Kubernetes have no kind of their own. */
  let toRecord = (value: unknown): unknown => value;

  const opensList = ({ name }: Token): boolean =>
    name === 'startArray' && listDepth === 0 && (depth === 0 || (depth === 1 && LISTS.has(key)));

  const follow = (token: Token): void => {
    if (OPENS.has(token.name)) depth += 1;
    if (CLOSES.has(token.name)) depth -= 1;
    if (depth === 1) key = token.name === 'keyValue' ? token.value : undefined;
  };

  return {
    /** The record that a token completes. */
    next(token: Token): { readonly value: unknown } | undefined {
      if (opensList(token) && !isAfterList) {
        toRecord = withListOf(depth === 1 ? assembler.current : undefined, String(key));
        follow(token);
        listDepth = depth;
        assembler = new Assembler();
        return undefined;
      }
      const closesList = token.name === 'endArray' && listDepth > 0 && depth === listDepth;
      follow(token);
      if (closesList) {
        listDepth = 0;
        isAfterList = depth > 0;
        toRecord = (value) => value;
        return undefined;
      }
      if (isAfterList) {
        isAfterList = depth > 0;
        return undefined;
      }
      assembler.consume(token);
      return depth === listDepth && assembler.done ? { value: toRecord(assembler.current) } : undefined;
    },
  };
};
