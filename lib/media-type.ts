import { MIMEType } from 'node:util';

export const parseMediaType = (text: string): MIMEType | undefined => {
  try {
    return new MIMEType(text);
  } catch {
    return undefined;
  }
};

/** Whether a media type is JSON: `application/json`, or any with the suffix `+json`. */
export const isJsonMediaType = (text: string): boolean =>
  /^application\/(json|[^;]+\+json)$/.test(parseMediaType(text)?.essence ?? '');
