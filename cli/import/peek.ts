async function* joined(head: string, rest: AsyncIterator<string>): AsyncIterable<string> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** A text whose start was read: `head`, and all of it from the start. */
export interface Peeked {
  readonly head: string;
  readonly text: AsyncIterable<string>;
}

/** Reads the parts of a text until `isEnough` of the part that was read last, or to its end. */
export const peek = async (
  text: AsyncIterable<string>,
  isEnough: (part: string, head: string) => boolean,
): Promise<Peeked> => {
  const parts = text[Symbol.asyncIterator]();
  let head = '';
  for (let isDone = false; !isDone; ) {
    const { done, value = '' }: IteratorResult<string, undefined> = await parts.next();
    head += value;
    isDone = done === true || isEnough(value, head);
  }
  return { head, text: joined(head, parts) };
};
