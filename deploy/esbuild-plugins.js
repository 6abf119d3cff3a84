import { leanClient } from './lean-client.js';
import { 'module.exports' as pagePlugins } from './page-plugin.js';

/** What serverless-esbuild bundles the functions with, and the benchmarks after it. */
const plugins = [...pagePlugins, leanClient];

// As serverless-esbuild reads it: by `require`.
export { plugins as 'module.exports' };
