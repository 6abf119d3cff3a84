/** Items listed in an answer. */
const LISTED = 100;

/** Counts all items and lists the first hundred, so that answers stay small. Continues `from`. */
export const createCappedList = <T>(
  from: { readonly count: number; readonly charges: readonly T[] } = { count: 0, charges: [] },
) => {
  const charges = [...from.charges];
  let { count } = from;
  return {
    add(item: () => T) {
      count += 1;
      if (charges.length < LISTED) charges.push(item());
    },
    result: () => ({ count, charges }),
  };
};
