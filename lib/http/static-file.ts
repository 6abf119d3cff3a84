import { gzipSync } from 'node:zlib';
import { etagOf } from './etags.ts';
import { ORIGIN } from './origin.ts';

/** A file built with the deployment. */
export interface StaticFile {
  /** Request path. */
  readonly path: string;
  readonly contentType: string;
  readonly etag: string;
  /** Further headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether {@link ORIGIN} in the content stands for the address of the API. */
  readonly namesOrigin: boolean;
  /** Gzip-compressed content in base64. */
  readonly gzip: string;
}

interface Content extends Pick<StaticFile, 'path' | 'contentType' | 'headers'> {
  readonly text: string;
}

/** Hashes and compresses at build time. Deterministic. */
export const staticFile = ({ text, ...file }: Content): StaticFile => ({
  ...file,
  etag: etagOf(text),
  namesOrigin: text.includes(ORIGIN),
  gzip: gzipSync(text, { level: 9 }).toString('base64'),
});
