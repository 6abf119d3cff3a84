import { leanPackage } from './lean-package.js';

const without = (name, what) =>
  `export const ${name} = () => {
    throw new Error('the bundled PDF library has no ${what}');
  };`;

/** Parts of pdfkit that a statement never uses, by file, with their replacements. */
const PARTS = [
  {
    file: 'pdfkit/js/pdfkit.node.mjs',
    why: 'It requires the metrics of its fonts when it runs; a bundle has those it uses inside.',
    replacement: `import { PDFDocument, registerStdFonts } from './pdfkit.browser.mjs';
      import courier from './standard-fonts/Courier.mjs';
      import helvetica from './standard-fonts/Helvetica.mjs';
      import helveticaBold from './standard-fonts/HelveticaBold.mjs';
      registerStdFonts(courier, helvetica, helveticaBold);
      export default PDFDocument;`,
  },
  {
    file: 'pdfkit/js/pdfkit.browser.mjs',
    why: 'It names the colors of PDF/A by its own address, and a bundle has none.',
    replacement: (text) =>
      text.replace(/^const ICC_PROFILE_PATH = .*$/m, 'const ICC_PROFILE_PATH = "sRGB.icc";'),
  },
  {
    file: 'fontkit/dist/module.mjs',
    why: 'It reads font files, three quarters of the code. Statements are in fonts that every reader of PDF has.',
    replacement: without('create', 'font files'),
  },
  {
    file: 'linebreak/dist/module.mjs',
    why: 'Lines are broken by lib/export/pdf-text.ts.',
    replacement: 'export default class LineBreaker {}',
  },
  {
    file: 'png-js/lib/png-js.js',
    why: 'Statements have no images.',
    replacement: 'export default class PNG {}',
  },
  {
    file: '@noble/ciphers/esm/aes.js',
    why: 'Statements are not encrypted by themselves.',
    replacement: `${without('cbc', 'encryption')}\n${without('ecb', 'encryption')}`,
  },
  {
    file: 'fflate/esm/index.mjs',
    why: 'Node compresses.',
    replacement: `export { deflateSync as zlibSync } from 'node:zlib';`,
  },
];

/** Bundles pdfkit without these parts. */
export const leanPdf = leanPackage({
  name: 'lean-pdf',
  packages: /[\\/]node_modules[\\/](pdfkit|fontkit|linebreak|png-js|fflate|@noble[\\/]ciphers)[\\/]/,
  entry: 'pdfkit/js/pdfkit.node.mjs',
  parts: PARTS,
});
