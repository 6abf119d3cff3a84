/** The file with SHA-256 alone: a bundle of the package has every hash, 212 KB instead of 18. */
declare module 'hash-wasm/dist/sha256.umd.min.js' {
  const sha256: Pick<typeof import('hash-wasm'), 'createSHA256'>;
  export = sha256;
}
