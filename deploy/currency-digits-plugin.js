import { pathToFileURL } from 'node:url';

/** Replaces the module with the digits: 160 currencies as objects take two percent of a start. */
export const currencyDigits = {
  name: 'currency-digits',
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]billing[\\/]currency-digits\.ts$/ }, async ({ path }) => {
      const { CURRENCY_DIGITS } = await import(pathToFileURL(path).href);
      return { contents: `export const CURRENCY_DIGITS = ${JSON.stringify(CURRENCY_DIGITS)};` };
    });
  },
};
