/** A Lambda answers 6,291,456 bytes of JSON at most, in which a body is a text; so much of it is. */
export const MAX_ANSWER_BYTES = 6_000_000;

/** Bytes of a text in that JSON: quotes, backslashes and line ends count twice. */
export const bytesInAnswer = (text: string): number => Buffer.byteLength(JSON.stringify(text));
