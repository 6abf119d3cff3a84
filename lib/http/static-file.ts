import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A file that is the same for every caller until the next deployment. */
export interface StaticFile {
  /** Where it is served. */
  readonly path: string;
  readonly contentType: string;
  readonly etag: string;
  /** Further headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** The content, compressed, in base64. */
  readonly gzip: string;
}

interface Content extends Pick<StaticFile, 'path' | 'contentType' | 'headers'> {
  readonly text: string;
}

/** Hashes and compresses, so that serving does neither. The same content gives the same file. */
export const staticFile = ({ text, ...file }: Content): StaticFile => ({
  ...file,
  etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
  gzip: gzipSync(text, { level: 9 }).toString('base64'),
});
