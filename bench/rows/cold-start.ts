import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, createBundles } from '../bundles.ts';
import { atMost, type Line, type Row, ratioAtMost } from '../figures.ts';
import { loadMs } from '../load-bundle.ts';
import { interleave, median } from '../rounds.ts';

/** Processes per bundle, independent of the rounds. */
const PROCESSES = 15;

/** Code with a library, compiled only when a format is requested or the provider called. */
const WITH_LIBRARY = /^on-demand:.*\/(statement-pdf|focus-parquet|node-ovh)/;

const kilobytes = (bytes: number) => bytes / 1_000;

/** Load time of each bundle in a new process, over AWS's unmodified client. */
export const row: Row = async ({ quick, onProgress }) => {
  const directory = await mkdtemp(join(tmpdir(), 'jobmeter-bench-'));
  try {
    onProgress('bundling');
    const { functions, stock } = await createBundles(directory);
    const bundles = [stock, ...functions];
    const contenders = Object.fromEntries(bundles.map((bundle) => [bundle.name, () => loadMs(bundle)]));
    const measured = await interleave(quick ? 3 : PROCESSES, contenders, onProgress);
    const ms = ({ name }: Bundle) => median(measured[name] ?? []);
    const size = ({ name, bytes }: Bundle) => `${name} ${kilobytes(bytes).toFixed(0)}`;
    const largestOf = (some: readonly Bundle[]) => some.reduce((a, b) => (a.bytes > b.bytes ? a : b));
    const hasLibrary = ({ files }: Bundle) => [...files.keys()].some((file) => WITH_LIBRARY.test(file));
    const largest = largestOf(functions.filter((bundle) => !hasLibrary(bundle)));
    const withLibrary = largestOf(functions.filter(hasLibrary));
    return [
      ...functions.map(
        (bundle): Line => ({
          what: `cold start of ${bundle.name}`,
          unit: 'ms',
          measured: ms(bundle),
          floor: ms(stock),
          limit: ratioAtMost(0.55),
        }),
      ),
      {
        what: `largest bundle, ${largest.name}`,
        unit: 'KB',
        measured: kilobytes(largest.bytes),
        floor: kilobytes(stock.bytes),
        limit: atMost(320),
        note: bundles.map(size).join(', '),
      },
      {
        what: `largest bundle with a library of a file format, ${withLibrary.name}`,
        unit: 'KB',
        measured: kilobytes(withLibrary.bytes),
        floor: kilobytes(stock.bytes),
        limit: atMost(510),
      },
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
};
