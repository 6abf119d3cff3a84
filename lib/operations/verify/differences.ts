import { isDeepStrictEqual } from 'node:util';
import { differs } from '../../billing/check-billed-charge.ts';

const LONGEST_SHOWN = 200;

type Container = Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
};

/** The differences of two values as texts, member by member. `name` is the path of the values. */
export const differences = (expected: unknown, found: unknown, name = ''): string[] => {
  if (isDeepStrictEqual(expected, found)) return [];
  if (!isContainer(expected) || !isContainer(found) || Array.isArray(expected) !== Array.isArray(found))
    return [differs(name, show(expected), show(found))];
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((member) =>
    differences(expected[member], found[member], name === '' ? member : `${name}/${member}`),
  );
};
