import { leanClient } from './lean-client.js';
import { staticFiles } from './static-files-plugin.js';

/** What serverless-esbuild bundles the functions with, and the benchmarks after it. */
const plugins = [staticFiles, leanClient];

// As serverless-esbuild reads it: by `require`.
export { plugins as 'module.exports' };
