import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { bytesInAnswer, MAX_ANSWER_BYTES } from '../answer-bytes.ts';
import type { Refusal } from '../refusal.ts';

/** An HTTP response in Lambda payload format 2.0. */
export type HttpAnswer = APIGatewayProxyStructuredResultV2;

export const answer = (
  statusCode: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => ({ statusCode, headers: { ...headers, 'content-type': contentType }, body });

/** 200 with a JSON body. */
export const ok = (body: unknown): HttpAnswer => answer(200, 'application/json', JSON.stringify(body));

/** 200 with JSON documents, each a line. */
export const ndjson = (
  lines: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer => answer(200, 'application/x-ndjson', lines.map((line) => `${line}\n`).join(''), headers);

/** 201 with a JSON body. */
export const created = (body: unknown): HttpAnswer => answer(201, 'application/json', JSON.stringify(body));

/** 204: nothing to say. */
export const noContent = (): HttpAnswer => ({ statusCode: 204 });

/** 202 with a JSON body: the events are stored. */
export const accepted = (body: unknown): HttpAnswer => answer(202, 'application/json', JSON.stringify(body));

/** 200 with a page and its own content security policy. */
export const htmlAnswer = ({
  html,
  contentSecurityPolicy,
}: {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}): HttpAnswer =>
  answer(200, 'text/html; charset=utf-8', html, { 'content-security-policy': contentSecurityPolicy });

/** 200 with a file to download. A colon is not allowed in file names everywhere. */
export const download = (name: string, contentType: string, content: Uint8Array): HttpAnswer => ({
  ...answer(200, contentType, Buffer.from(content).toString('base64'), {
    'content-disposition': `attachment; filename="${name.replaceAll(':', '_')}"`,
  }),
  isBase64Encoded: true,
});

const fits = ({ body = '' }: HttpAnswer): boolean => bytesInAnswer(body) <= MAX_ANSWER_BYTES;

/** The answer. Refused if it is too large for one. */
export const refuseTooLarge = (whole: HttpAnswer, refusal: () => Refusal): HttpAnswer => {
  if (!fits(whole)) throw refusal();
  return whole;
};

/** The answer with `most` entries of a list; where it is too large, with half of them, and so on. */
export const withFittingList = async (
  most: number,
  answerWith: (most: number) => HttpAnswer | Promise<HttpAnswer>,
): Promise<HttpAnswer> => {
  const candidate = await answerWith(most);
  return most <= 1 || fits(candidate) ? candidate : withFittingList(Math.floor(most / 2), answerWith);
};
