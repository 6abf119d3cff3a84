import { leanPackage } from './lean-package.js';

/** Parts of the provider's client that a function never needs, by file, with their replacements. */
const PARTS = [
  {
    file: 'simple-oauth2/index.js',
    why: 'It checks options by joi, most of the code. The one caller here has the same, and these are the defaults.',
    replacement: `const { Client } = require('./lib/client');
      const Grant = require('./lib/client-credentials-grant-type');
      const options = {
        scopeSeparator: ' ', credentialsEncodingMode: 'strict', bodyFormat: 'form', authorizationMethod: 'header',
      };
      exports.ClientCredentials = class extends Grant {
        constructor(given) {
          const config = { ...given, options };
          super(config, new Client(config));
        }
      };`,
  },
  {
    file: 'debug/src/index.js',
    why: 'It would write the secret of a service account to the log where DEBUG is set.',
    replacement: 'module.exports = () => () => {};',
  },
  {
    file: 'bluebird/js/release/bluebird.js',
    why: 'Node has promises.',
    replacement: 'module.exports = Promise;',
  },
  {
    file: 'async/lib/async.js',
    why: 'It goes through descriptions of the API, which are not loaded.',
    replacement: 'module.exports = {};',
  },
];

/** Bundles the provider's client without these parts. */
export const leanOvh = leanPackage({
  name: 'lean-ovh',
  packages: /[\\/]node_modules[\\/](@ovhcloud[\\/]node-ovh|simple-oauth2|debug|bluebird|async)[\\/]/,
  entry: '@ovhcloud/node-ovh/lib/ovh.es5.js',
  parts: PARTS,
});
