import assert from 'node:assert/strict';
import type { Line, Row, RowOptions } from './figures.ts';

/** Messages of the process of a row. */
export type RowMessage = { readonly progress: string } | { readonly lines: readonly Line[] };

/** `node bench/row-process.ts <row> <options as JSON>`: runs one benchmark, reports over IPC. */
const [, , name, options] = process.argv;
assert(name !== undefined && options !== undefined && process.send, 'started by bench.ts');

const send = (message: RowMessage) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

const { row } = (await import(`./rows/${name}.ts`)) as { readonly row: Row };
const { rounds, quick } = JSON.parse(options) as Pick<RowOptions, 'rounds' | 'quick'>;
const lines = await row({ rounds, quick, onProgress: (progress) => void send({ progress }) });
await send({ lines });
// Keep-alive connections would prevent the exit.
process.exit();
