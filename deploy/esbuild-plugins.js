import { leanClient } from './lean-client.js';
import { leanOvh } from './lean-ovh.js';
import { leanPdf } from './lean-pdf.js';
import { staticFiles } from './static-files-plugin.js';

/** Plugins for the bundles of serverless-esbuild and of the benchmarks. */
const plugins = [staticFiles, leanClient, leanOvh, leanPdf];

// serverless-esbuild loads this file by `require`.
export { plugins as 'module.exports' };
