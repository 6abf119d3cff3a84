import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  foreignText,
  type Headers,
  headerText,
  longText,
  type Malformed,
  secondsOf,
  type Target,
} from './request.ts';
import { notJson, notList, wrongEvent } from './wrong-json.ts';

const JSON_TYPE = 'application/json';
const EVENT_TYPE = 'application/cloudevents+json';
const BATCH_TYPE = 'application/cloudevents-batch+json';
const ID = 'msg_malformed';

/** Made here, not by the code under test. */
const digestOf = (secret: string, id: string, timestamp: number | string, body: Uint8Array): string =>
  createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64');

const post = (
  kind: string,
  status: number,
  body: Uint8Array,
  headers: Headers,
  mediaType: string,
): Malformed => ({
  kind,
  method: 'POST',
  path: '/v1/events',
  headers: [...headers, ['content-type', mediaType]],
  body: Buffer.from(body),
  expected: [status],
  atDoor: false,
});

const forged = (target: Target, body: Buffer): fc.Arbitrary<Headers> => {
  const now = secondsOf(target);
  const right = digestOf(target.webhookSecret, ID, now, body);
  const other = digestOf(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, ID, now, body);
  const headers = (id: string, at: number | string, ...signatures: string[]): Headers => [
    ['webhook-id', id],
    ['webhook-timestamp', String(at)],
    ...signatures.map((signature) => ['webhook-signature', signature] as const),
  ];
  /** Signed in earnest, with an id or a time that cannot be right. */
  const signed = (id: string, at: number | string) =>
    headers(id, at, `v1,${digestOf(target.webhookSecret, id, at, body)}`);

  const notSignature = fc.oneof(
    fc.base64String({ maxLength: 60 }).map((text) => `v1,${text}`),
    fc.constantFrom(
      ...[`v1a,${right}`, `v2,${right}`, `V1,${right}`, `v1:${right}`, `v1=${right}`, right],
      ...[`v1,${right.slice(0, -1)}`, `v1,${right}=`, `v1,${Buffer.from(right, 'base64').toString('hex')}`],
      ...[`v1,${other}`, 'v1,', ','],
    ),
  );
  const notSignatures = fc.array(notSignature, { minLength: 1, maxLength: 60 });
  const secondsOff = fc.oneof(fc.integer({ min: 360, max: 1e9 }), fc.integer({ min: -1e9, max: -360 }));
  const notTimestamp = fc.oneof(
    headerText.filter((text) => !/^\d+$/.test(text)),
    fc.constantFrom('NaN', 'Infinity', '-1', `${now}.0`, `+${now}`, `${now}e0`, `0x${now.toString(16)}`),
    fc.constantFrom(`${now}000`, `${now},${now}`, `${now}, ${now}`, `${now} ${now}`),
  );
  const notId = fc.oneof(
    longText,
    headerText.map((text) => `${text}\u00e9`),
  );

  const fresh = ['webhook-timestamp', String(now)] as const;
  return fc.oneof(
    fc
      .tuple(notSignatures, fc.constantFrom(' ', ',', '  ', ';', '\t'))
      .map(([signatures, separator]) => headers(ID, now, signatures.join(separator))),
    notSignatures.map((signatures) => headers(ID, now, ...signatures)),
    secondsOff.map((off) => signed(ID, now + off)),
    // A fresh time beside the one that was signed, before and after it.
    secondsOff.map((off) => [...signed(ID, now + off), fresh]),
    secondsOff.map((off) => [fresh, ...signed(ID, now + off)]),
    notTimestamp.map((at) => signed(ID, at)),
    notId.map((id) => signed(id, now)),
    fc.subarray([...headers(ID, now, `v1,${right}`)], { maxLength: 2 }),
  );
};

/** What would be recorded, or refused for another reason, if it were signed as it should be. */
export const wronglySigned = (target: Target): fc.Arbitrary<Malformed> =>
  fc
    .tuple(
      fc.constantFrom(JSON.stringify(target.event), '{', '[]'),
      fc.constantFrom(EVENT_TYPE, 'text/plain'),
    )
    .chain(([text, mediaType]) => {
      const body = Buffer.from(text);
      return forged(target, body).map((headers) => post('signature', 401, body, headers, mediaType));
    });

/** Posts what is signed as it should be. */
const signedPost =
  (target: Target) =>
  (
    kind: string,
    status: number,
    content: string | Uint8Array,
    mediaType: string,
    further: Headers = [],
  ): Malformed => {
    const body = Buffer.from(content);
    const now = secondsOf(target);
    const headers: Headers = [
      ['webhook-id', ID],
      ['webhook-timestamp', String(now)],
      ['webhook-signature', `v1,${digestOf(target.webhookSecret, ID, now, body)}`],
    ];
    return post(kind, status, body, [...headers, ...further], mediaType);
  };

/** Signed as it should be, and wrong in itself. */
export const wrongContent = (target: Target): fc.Arbitrary<Malformed> => {
  const { event } = target;
  const good = JSON.stringify(event);
  const signed = signedPost(target);

  const oddHeader = fc.constantFrom('__proto__', 'constructor', 'accept', 'x-forwarded-for', 'x-http-method');
  const oddHeaders = fc.array(fc.tuple(oddHeader, headerText), { maxLength: 4 });
  const single = fc
    .tuple(wrongEvent(event), fc.constantFrom(EVENT_TYPE, JSON_TYPE), oddHeaders)
    .map(([text, mediaType, headers]) => signed('event', 422, text, mediaType, headers));

  const batch = fc.oneof(
    fc
      .tuple(wrongEvent(event), fc.nat({ max: 5 }))
      .map(([wrong, goodOnes]) =>
        signed('batch', 422, `[${[...Array(goodOnes).fill(good), wrong].join(',')}]`, BATCH_TYPE),
      ),
    notList.map((text) => signed('batch', 422, text, BATCH_TYPE)),
    fc
      .integer({ min: 101, max: 200 })
      .map((length) => signed('batch', 413, `[${Array(length).fill(good).join(',')}]`, BATCH_TYPE)),
  );

  const encoding = fc.constantFrom<Headers>([], [['content-encoding', 'gzip']], [['content-encoding', 'br']]);
  const broken = fc
    .tuple(notJson(event), fc.constantFrom(EVENT_TYPE, BATCH_TYPE, JSON_TYPE), encoding)
    .map(([body, mediaType, headers]) => signed('not JSON', 400, body, mediaType, headers));

  const mediaType = fc
    .oneof(
      fc.stringMatching(/^[a-z]{1,10}\/[a-z0-9.+-]{1,20}$/).filter((text) => !text.endsWith('json')),
      fc.constantFrom('application/xml', 'application/cloudevents+avro', 'application/jsonp', 'text/json'),
      fc.constantFrom(
        `${JSON_TYPE}; charset=latin1`,
        `${EVENT_TYPE};charset=utf-16`,
        'multipart/mixed; boundary=x',
      ),
    )
    .map((type) => signed('media type', 415, good, type));

  const notAttribute = fc.oneof(
    headerText.map((text) => `\u00e9${text}`),
    fc.constantFrom('%', '%zz', '%C3', '%ED%A0%80', '%00', '%0A', '""'),
    foreignText.map((text) => encodeURIComponent(text.toWellFormed())),
    longText,
  );
  const { data, ...attributes } = event;
  const binary = fc.tuple(fc.constantFrom(...Object.keys(attributes)), notAttribute).map(([wrong, value]) =>
    signed(
      'binary mode',
      422,
      JSON.stringify(data),
      JSON_TYPE,
      Object.entries({ ...attributes, [wrong]: value }).map(([name, text]) => [`ce-${name}`, String(text)]),
    ),
  );

  return fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 2, arbitrary: batch },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: mediaType },
    { weight: 1, arbitrary: binary },
  );
};
