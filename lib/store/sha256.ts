import { createHash, createHmac } from 'node:crypto';

type Secret = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (secret: ArrayBuffer | ArrayBufferView): Buffer =>
  ArrayBuffer.isView(secret)
    ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    : Buffer.from(secret);

/** Node 24 takes five times as long for a key in bytes as for one in text. */
const createMac = (secret: Secret) =>
  typeof secret === 'string'
    ? createHmac('sha256', secret)
    : createHmac('sha256', bytesOf(secret).toString('latin1'), { encoding: 'latin1' });

const create = (secret: Secret | undefined) =>
  secret === undefined ? createHash('sha256') : createMac(secret);

/** What the AWS client signs its requests with: SHA-256, or with a secret its HMAC. */
export class Sha256 {
  readonly #secret: Secret | undefined;
  #hash: ReturnType<typeof create>;

  constructor(secret?: Secret) {
    this.#secret = secret;
    this.#hash = create(secret);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = create(this.#secret);
  }
}
