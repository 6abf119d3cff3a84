/** Single charges listed in an answer. */
const LISTED = 100;

/** Lists the first hundred and counts all, so that an answer stays small however much there is to tell. */
export const createShortList = <T>() => {
  const charges: T[] = [];
  let count = 0;
  return {
    add(item: () => T) {
      count += 1;
      if (charges.length < LISTED) charges.push(item());
    },
    result: () => ({ count, charges }),
  };
};
