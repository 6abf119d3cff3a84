const assert = (holds: unknown, message: string): asserts holds => {
  if (!holds) throw new Error(message);
};

assert.fail = (message: string): never => {
  throw new Error(message);
};

// biome-ignore lint/style/noDefaultExport: it replaces `node:assert/strict`, which has one.
export default assert;
