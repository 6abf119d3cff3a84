import { MIMEType } from 'node:util';

/** The time that `MIMEType` takes grows with the square of the white space in it. */
const MAX_LENGTH = 512;

export const parseMediaType = (text: string): MIMEType | undefined => {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    return new MIMEType(text);
  } catch {
    return undefined;
  }
};

/** Whether a media type is JSON: `application/json`, or any with the suffix `+json`. */
export const isJsonMediaType = (text: string): boolean =>
  /^application\/(json|[^;]+\+json)$/.test(parseMediaType(text)?.essence ?? '');
