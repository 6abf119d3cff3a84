export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

const assert = (holds: unknown, message: string): asserts holds => {
  if (!holds) throw new AssertionError(message);
};

assert.fail = (message: string): never => {
  throw new AssertionError(message);
};

// biome-ignore lint/style/noDefaultExport: it replaces `node:assert/strict`, which has one.
export default assert;
