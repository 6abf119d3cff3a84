import assert from 'node:assert/strict';

type Matches = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rule = (pattern: unknown): Matches => {
  if (isObject(pattern)) {
    const { prefix, ...others } = pattern;
    assert(
      typeof prefix === 'string' && Object.keys(others).length === 0,
      `unknown filter rule ${JSON.stringify(pattern)}: only exact values and prefix are supported`,
    );
    return (value) => typeof value === 'string' && value.startsWith(prefix);
  }
  assert(!Array.isArray(pattern), `a list inside a list is not a filter rule: ${JSON.stringify(pattern)}`);
  return (value) => value === pattern;
};

const matcher = (pattern: unknown): Matches => {
  if (Array.isArray(pattern)) {
    assert(pattern.length > 0, 'an empty list of filter rules matches nothing');
    const rules = pattern.map(rule);
    return (value) => rules.some((matches) => matches(value));
  }
  assert(isObject(pattern), `a filter value must be in a list: ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, inner]) => {
    assert(!name.startsWith('$'), `unknown filter operator ${name}`);
    return { name, matches: matcher(inner) };
  });
  assert(fields.length > 0, 'an empty filter pattern');
  return (value) => isObject(value) && fields.every(({ name, matches }) => matches(value[name]));
};

/**
 * Matches stream records: any pattern, or all without patterns. Supports exact values, nested
 * objects and `prefix`; other rules are refused, as ignoring one would hide differences to Lambda.
 */
export const createStreamFilter = (patterns: readonly unknown[]): Matches => {
  const matchers = patterns.map(matcher);
  return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
};
