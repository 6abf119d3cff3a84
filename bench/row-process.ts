import assert from 'node:assert/strict';
import type { Line, Row, RowOptions } from './figures.ts';

/** What a row's process tells the one that started it. */
export type Told = { readonly progress: string } | { readonly lines: readonly Line[] };

/** `node bench/row-process.ts <row> <options as JSON>`: one benchmark in a process of its own, told over IPC. */
const [, , name, options] = process.argv;
assert(name !== undefined && options !== undefined && process.send, 'started by bench.ts');

const tell = (told: Told) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(told, (error: Error | null) => (error ? reject(error) : resolve()));
  });

const { row } = (await import(`./rows/${name}.ts`)) as { readonly row: Row };
const { rounds, quick } = JSON.parse(options) as Pick<RowOptions, 'rounds' | 'quick'>;
const lines = await row({ rounds, quick, onProgress: (progress) => void tell({ progress }) });
await tell({ lines });
// Connections that are kept alive would keep the process alive.
process.exit();
