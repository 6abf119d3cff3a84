/** Single charges listed in an answer. */
const LISTED = 100;

/** Lists the first hundred and counts all, so that an answer stays small however much there is to tell. Goes on from another one, where given. */
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
