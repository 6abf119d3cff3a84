import { currencyDigits } from './currency-digits-plugin.js';
import { leanClient } from './lean-client.js';
import { leanOvh } from './lean-ovh.js';
import { leanPdf } from './lean-pdf.js';
import { onDemand } from './on-demand.js';
import { staticFiles } from './static-files-plugin.js';

/** Plugins for the bundles of serverless-esbuild and of the benchmarks. */
const plugins = [currencyDigits, staticFiles, leanClient, leanOvh, leanPdf, onDemand];

// serverless-esbuild loads this file by `require`.
export { plugins as 'module.exports' };
